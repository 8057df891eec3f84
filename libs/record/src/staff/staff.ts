import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import { named } from '@cairn/kernel/named.js';
import { dateOf, endOf, firstDateOf, startOf, type Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { staffEvents, type Engaged, type StaffEvent, type SupervisionHeld, type TasksDelegated, type TrainingCompleted } from './events.js';

/** What happened, as told; without `occurred` it is told of now. */
type Told<Type extends string, Facts = undefined> = { readonly type: Type; readonly occurred: Occurred | undefined } & (Facts extends undefined ? object : { readonly facts: Facts });

export type StaffCommand =
  | Told<'Engage', Engaged>
  | Told<'DelegateTasks', TasksDelegated>
  | Told<'RecordTraining', TrainingCompleted>
  | Told<'HoldSupervision', SupervisionHeld>
  | Told<'RecordLeaving'>;

/** An absence of the person: from the instant they left to the one they are engaged again from, in epoch milliseconds. */
interface Leaving {
  readonly occurred: Occurred;
  readonly at: number;
  readonly back?: number;
}

/** All of it in the order in which it was recorded; plain JSON, for the read model keeps it as it is. */
export interface StaffState {
  readonly engagements: readonly Engaged[];
  readonly leavings: readonly Leaving[];
  readonly delegations: readonly Known<TasksDelegated>[];
  readonly trainings: readonly Known<TrainingCompleted>[];
  readonly supervisions: Readonly<Record<string, Known<SupervisionHeld>>>;
}

export const staff: Decider<StaffState, StaffCommand, StaffEvent> = {
  events: staffEvents,
  initial: { engagements: [], leavings: [], delegations: [], trainings: [], supervisions: {} },

  decide(command, state) {
    if (command.type !== 'Engage' && state.engagements.length === 0) throw new Refused('staff-unknown', 'No such member of staff. Engage them first.');
    switch (command.type) {
      case 'Engage':
        // A request sent again after somebody left does not let them in again: known words are no new engagement.
        return state.engagements.some((known) => same(known, command.facts)) ? [] : [{ type: 'Engaged', data: command.facts }];
      case 'DelegateTasks':
        return retold(state.delegations, command) ? [] : [{ type: 'TasksDelegated', data: command.facts }];
      case 'RecordTraining':
        return retold(state.trainings.filter(({ data }) => data.training === command.facts.training), command) ? [] : [{ type: 'TrainingCompleted', data: command.facts }];
      case 'HoldSupervision': {
        const known = named(state.supervisions, command.facts.meeting);
        if (known && !restates(known, command.facts, command.occurred)) throw alreadyRecorded('This meeting');
        return known ? [] : [{ type: 'SupervisionHeld', data: command.facts }];
      }
      case 'RecordLeaving': {
        const last = openLeaving(state);
        if (!last) return [{ type: 'Left', data: {} }];
        if (command.occurred === undefined || same(last.occurred, command.occurred)) return [];
        throw new Refused('already-left', `They are recorded as having left (${last.occurred.at ?? 'at an unknown time'}). If that is wrong, engage them again from that day, then record when they really left.`);
      }
    }
  },

  evolve(state, { type, data, occurred }) {
    switch (type) {
      case 'Engaged':
        return { ...state, engagements: [...state.engagements, data], leavings: returned(state.leavings, data, occurred.zone) };
      case 'TasksDelegated':
        return { ...state, delegations: [...state.delegations, { data, occurred }] };
      case 'TrainingCompleted':
        return { ...state, trainings: [...state.trainings, { data, occurred }] };
      case 'SupervisionHeld':
        return { ...state, supervisions: { ...state.supervisions, [data.meeting]: { data, occurred } } };
      case 'Left':
        return { ...state, leavings: [...state.leavings, { occurred, at: endOf(occurred) ?? 0 }] };
    }
  },
};

/** Whether they had left, and were not back, at an instant in epoch milliseconds; that of the leaving itself is their last. Somebody never engaged has not left. */
export function hasLeft({ leavings }: StaffState, instant: number): boolean {
  return leavings.some(({ at, back }) => instant > at && (back === undefined || instant < back));
}

/** Whether what they did happened while they were here. An imprecise date counts at its end, as everywhere: of the day they left at noon, the time has to be said. */
export function wasHere(state: StaffState, occurred: Occurred): boolean {
  const end = endOf(occurred);
  return end !== undefined && !hasLeft(state, end);
}

/** When they left, if they are not engaged again. */
export function leftAt(state: StaffState): Occurred | undefined {
  return openLeaving(state)?.occurred;
}

/** The sites they are engaged at, or were when they left; each with what was said of it last. */
export function engagedAt({ engagements }: StaffState): Engaged[] {
  return [...new Map(engagements.map((engagement) => [engagement.site, engagement])).values()];
}

/** What they may do on a local date: what was delegated last, unless it has run out or they had left. */
export function tasksOn({ delegations }: StaffState, date: string): readonly string[] {
  const { tasks = [], until } = delegations.at(-1)?.data ?? {};
  return until !== undefined && until < date ? [] : tasks;
}

export interface Training {
  readonly training: string;
  readonly completedOn?: string;
  /** Left out for one that does not run out. */
  readonly validUntil?: string;
  readonly expired: boolean;
}

/** Each training with the completion that counts longest, as it stands on a local date. */
export function trainingsOn({ trainings }: StaffState, date: string): Training[] {
  const best = new Map<string, Known<TrainingCompleted>>();
  for (const known of trainings) {
    const before = best.get(known.data.training);
    if (!before || (before.data.validUntil ?? '9999') <= (known.data.validUntil ?? '9999')) best.set(known.data.training, known);
  }
  return [...best.values()].map(({ data: { training, validUntil }, occurred }) => {
    const completedOn = dateOf(occurred);
    return { training, ...(completedOn !== undefined && { completedOn }), ...(validUntil !== undefined && { validUntil }), expired: validUntil !== undefined && validUntil < date };
  });
}

/** A leaving before the first engagement, a training that had run out before it was completed, a delegation that was over when it was given: not both dates can be right. */
export type StaffFlagged =
  | { readonly leaving: true; readonly flags: readonly ['before-engagement'] }
  | { readonly training: string; readonly flags: readonly ['expired-before-completion'] }
  | { readonly delegation: true; readonly flags: readonly ['ended-before-given'] };

export function staffFlags({ engagements, leavings, trainings, delegations }: StaffState): StaffFlagged[] {
  const begun = engagements.map(({ from }) => from).sort()[0];
  const early = leavings.some(({ occurred }) => begun !== undefined && (dateOf(occurred) ?? begun) < begun);
  const over = (until: string | undefined, occurred: Occurred) => until !== undefined && until < (firstDateOf(occurred) ?? '');
  const turned = trainings.filter(({ data, occurred }) => over(data.validUntil, occurred));
  const names = [...new Set(turned.map(({ data }) => data.training))];
  return [...(early ? [{ leaving: true, flags: ['before-engagement'] } as const] : []), ...names.map((training) => ({ training, flags: ['expired-before-completion'] }) as const), ...(delegations.some(({ data, occurred }) => over(data.until, occurred)) ? [{ delegation: true, flags: ['ended-before-given'] } as const] : [])];
}

/** The latest supervision they attended, by the date it was held on. */
export function lastSupervision({ supervisions }: StaffState): Known<SupervisionHeld> | undefined {
  return Object.values(supervisions).reduce<Known<SupervisionHeld> | undefined>((last, known) => (!last || isLater(known, last) ? known : last), undefined);
}

/** Of two meetings that ended together one is the later, whatever order they are kept in. */
function isLater({ data, occurred }: Known<SupervisionHeld>, than: Known<SupervisionHeld>): boolean {
  const [end, other] = [endOf(occurred) ?? 0, endOf(than.occurred) ?? 0];
  return end > other || (end === other && data.meeting > than.data.meeting);
}

function openLeaving({ leavings }: StaffState): Leaving | undefined {
  const last = leavings.at(-1);
  return last?.back === undefined ? last : undefined;
}

/** An engagement from the day they left or later ends their absence; one from before was over with it. */
function returned(leavings: readonly Leaving[], { from }: Engaged, zone: string): readonly Leaving[] {
  const last = leavings.at(-1);
  const left = last && (dateOf(last.occurred) ?? '');
  if (!last || last.back !== undefined || left === undefined || from < left) return leavings;
  return [...leavings.slice(0, -1), { ...last, back: startOf({ at: from, precision: 'date', zone }) ?? last.at }];
}

/** Told with its time, the same as any before; told of now, the same as the last. */
function retold<Facts>(known: readonly Known<Facts>[], { facts, occurred }: { readonly facts: Facts; readonly occurred: Occurred | undefined }): boolean {
  return (occurred ? known : known.slice(-1)).some((each) => restates(each, facts, occurred));
}
