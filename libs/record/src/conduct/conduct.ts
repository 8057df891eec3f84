import { alreadyRecorded, type Decider } from '@cairn/kernel/decider.js';
import { instantOf } from '@cairn/kernel/instant.js';
import { named } from '@cairn/kernel/named.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { conductEvents, type AccessReviewed, type AuditTrailReviewed, type ConductEvent, type SeriousBreachReported } from './events.js';

export type ConductCommand =
  | { readonly type: 'ReviewAccess'; readonly facts: AccessReviewed }
  | { readonly type: 'ReviewAuditTrail'; readonly facts: AuditTrailReviewed }
  | { readonly type: 'ReportSeriousBreach'; readonly facts: SeriousBreachReported };

/** Each kind of fact by its id. */
export interface ConductState {
  readonly accessReviews: Readonly<Record<string, AccessReviewed>>;
  readonly trailReviews: Readonly<Record<string, AuditTrailReviewed>>;
  readonly breaches: Readonly<Record<string, SeriousBreachReported>>;
}

export const conduct: Decider<ConductState, ConductCommand, ConductEvent> = {
  events: conductEvents,
  initial: { accessReviews: {}, trailReviews: {}, breaches: {} },

  decide({ type, facts }, state) {
    switch (type) {
      case 'ReviewAccess':
        return once('This review', named(state.accessReviews, facts.review), { type: 'AccessReviewed', data: facts });
      case 'ReviewAuditTrail':
        if ((instantOf(facts.from) ?? 0) > (instantOf(facts.to) ?? 0)) throw new Invalid([{ field: 'to', message: 'must not be before "from"' }]);
        return once('This review', named(state.trailReviews, facts.review), { type: 'AuditTrailReviewed', data: facts });
      case 'ReportSeriousBreach':
        return once('This breach', named(state.breaches, facts.breach), { type: 'SeriousBreachReported', data: facts });
    }
  },

  evolve(state, { type, data }) {
    switch (type) {
      case 'AccessReviewed':
        return { ...state, accessReviews: { ...state.accessReviews, [data.review]: data } };
      case 'AuditTrailReviewed':
        return { ...state, trailReviews: { ...state.trailReviews, [data.review]: data } };
      case 'SeriousBreachReported':
        return { ...state, breaches: { ...state.breaches, [data.breach]: data } };
    }
  },
};

function once(what: string, known: object | undefined, event: ConductEvent): ConductEvent[] {
  if (known && !same(known, event.data)) throw alreadyRecorded(what);
  return known ? [] : [event];
}
