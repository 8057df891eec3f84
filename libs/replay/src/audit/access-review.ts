import { Inject, Injectable } from '@nestjs/common';
import { REPLAYED, type Replayed } from '../replayed.js';
import { AccessFilter, between } from './filters.js';
import { Readings, type Sum } from './readings.js';
import type { Cut, Page, PageAsked, Report } from './report.js';

/** Who read whom, how often, and last when; first those who read outside of their caseload or their sites. */
@Injectable()
export class AccessReview implements Report<AccessFilter> {
  readonly question = 'AccessReview';
  readonly filter = AccessFilter;
  readonly columns = {
    person: 'Reader', roles: 'Roles', studyNumber: 'Study number', site: 'Site', readings: 'Readings', outsideCaseload: 'Outside the caseload', outsideSites: 'Outside their sites', first: 'First read', last: 'Last read', routes: 'What was read', participant: 'Participant',
  };

  constructor(
    private readonly readings: Readings,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  async page({ actor, participant, site, from, until }: AccessFilter, cut: Cut, { after = 0, limit }: PageAsked): Promise<Page> {
    const sums = [...(await this.readings.sums({ actor, participant, site, ...between(from, until) }, cut))].sort(mostToLookAt);
    const shown = sums.slice(after, after + limit);
    const numbers = await this.replayed.studyNumbers([...new Set(shown.map((sum) => sum.participant))]);
    const lines = shown.map((sum) => ({ ...sum, studyNumber: numbers.get(sum.participant) ?? null }));
    // It tells of those who read; of participants only that they were read of, as the access log itself does.
    return { lines, participants: [], ...(sums.length > after + limit && { next: after + limit }) };
  }
}

function mostToLookAt(a: Sum, b: Sum): number {
  const counts = b.outsideCaseload - a.outsideCaseload || b.outsideSites - a.outsideSites || b.readings - a.readings;
  return counts || (`${a.person} ${a.participant}` < `${b.person} ${b.participant}` ? -1 : 1);
}
