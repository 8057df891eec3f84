import { Injectable } from '@nestjs/common';
import { seesGroup } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import { Journal } from '@cairn/journal/journal.js';
import { categoryOf } from '@cairn/kernel/envelope.js';
import { aspects, type Aspect } from './aspects.js';
import { reviewOf } from './review/review.js';

/** Where on a case the things lie that a request names, among the streams the caller may see. */
@Injectable()
export class Places {
  constructor(private readonly journal: Journal) {}

  /** The stream a participant's entry is on, if it is theirs, and its type; nothing when the caller may not see such streams, or it does not exist. */
  async ofEntry(caller: Caller, entry: string): Promise<{ readonly aspect: Aspect; readonly type: string } | undefined> {
    const place = await this.journal.placeOf(entry);
    const aspect = place && this.visible(caller).find(({ events }) => events.stream === categoryOf(place.stream));
    return aspect && { aspect, type: place.type };
  }

  /** The streams that these are on; none when one of them is not to be seen. */
  async ofEntries(caller: Caller, entries: readonly string[]): Promise<Aspect[]> {
    const found = await Promise.all(entries.map(async (entry) => (await this.ofEntry(caller, entry))?.aspect));
    return found.includes(undefined) ? [] : [...new Set(found.flatMap((aspect) => aspect ?? []))];
  }

  /** The stream a query was raised on. */
  async ofQuery(caller: Caller, participant: string, query: string): Promise<Aspect[]> {
    for (const aspect of this.visible(caller)) {
      const { queries } = await this.journal.state(reviewOf(aspect.events), participant);
      if (queries[query]?.raised) return [aspect];
    }
    return [];
  }

  visible(caller: Caller): Aspect[] {
    return aspects.filter(({ events }) => seesGroup(caller, events));
  }
}
