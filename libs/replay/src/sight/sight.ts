import { Inject, Injectable } from '@nestjs/common';
import { fieldGrants, granted, questionGrants, reach, reaching } from '@cairn/access/policy.js';
import type { EntryView } from '@cairn/access/redact.js';
import type { Caller, Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { disclosureClasses, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import { categoryOf, type Entry } from '@cairn/kernel/envelope.js';
import { chronological, effective, knownAt } from '@cairn/kernel/history.js';
import { REPLAYED, type Aspect, type Replayed } from '../replayed.js';
import { seenBy, viewOf } from '../shown.js';
import { AllocationKnowledge, type AllocationKnown } from './allocation-known.js';
import { WhoTheyWere, type Standing } from './who-they-were.js';

/** An entry as it would have been shown; `beyondYou` names what they saw and you may not. */
export type Sighted = EntryView & { readonly beyondYou?: readonly string[] };

export interface SightOf {
  readonly participant: string;
  readonly user: string;
  readonly at: string;
  readonly standing: Standing;
  /** The roles through which they reached the participant then, and how far each reaches; none, and there was nothing to see. */
  readonly reachedThrough: readonly { readonly role: Role; readonly reach: string }[];
  readonly streams: readonly string[];
  readonly fieldClasses: readonly DisclosureClass[];
  readonly entries: readonly Sighted[];
  /** Who knew the allocation then: by a disclosure on record, or by what they had recorded or read. */
  readonly allocation: AllocationKnown & { readonly disclosed: readonly EntryView[] };
}

/** What a user could see of a participant at an instant. */
@Injectable()
export class Sight {
  constructor(
    private readonly journal: Journal,
    private readonly whoTheyWere: WhoTheyWere,
    private readonly allocation: AllocationKnowledge,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** @param instant RFC 3339, UTC, microseconds */
  async of(asking: Asking, participant: string, user: string, instant: string): Promise<SightOf> {
    const { aspects } = this.replayed;
    const raw = await this.journal.history(aspects.map((aspect) => [aspect, participant] as const));
    const known = knownAt(raw, instant);
    const standing = await this.whoTheyWere.at(user, instant);
    const caller: Caller = { id: user, roles: standing.roles, sites: standing.sites, ...(standing.staff !== undefined && { staff: standing.staff }) };
    const standingEntries = effective(known, participant);
    const place = this.replayed.placeIn(standingEntries);
    const roles = place && !standing.ended ? reaching(granted(questionGrants.Replay, caller), caller, place) : [];
    const seen = roles.length > 0 ? seenBy({ caller }, aspects) : [];
    const streams = new Set(seen.map(({ events }) => events.stream));
    const entries = chronological(standingEntries).filter(({ stream }) => streams.has(categoryOf(stream)));
    return {
      participant,
      user,
      at: instant,
      standing,
      reachedThrough: roles.map((role) => ({ role, reach: reach[role] })),
      streams: [...streams],
      fieldClasses: disclosureClasses.filter((disclosure) => roles.some((role) => fieldGrants[role].includes(disclosure))),
      entries: entries.map((entry) => sighted(entry, seen, roles, asking.roles)),
      allocation: {
        disclosed: standingEntries.filter(({ type }) => type === 'AllocationDisclosed').map((entry) => viewOf(entry, aspects, asking.roles)),
        ...(await this.allocation.of(participant, known, aspects, instant)),
      },
    };
  }
}

/** What they saw, of that what you may see as well. */
function sighted(entry: Entry, aspects: readonly Aspect[], theirs: readonly Role[], yours: readonly Role[]): Sighted {
  const [shown, mine] = [viewOf(entry, aspects, theirs), viewOf(entry, aspects, yours)];
  const fields = Object.entries(shown.data);
  const hidden = fields.filter(([field]) => !Object.hasOwn(mine.data, field)).map(([field]) => `data.${field}`);
  const text = shown.reason?.text !== undefined && mine.reason?.text === undefined;
  const beyondYou = [...hidden, ...(text ? ['reason.text'] : [])];
  return {
    ...shown,
    data: Object.fromEntries(fields.filter(([field]) => Object.hasOwn(mine.data, field))),
    ...(text && shown.reason && { reason: { code: shown.reason.code } }),
    ...(beyondYou.length > 0 && { beyondYou }),
  };
}
