import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { dateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import {
  byDate, courseOn, standing, supportEvents, type Begun, type ContactAttempted, type CourseDeclined, type CourseEnded, type CourseEvent, type CourseLogReconciled, type CourseMark, type CoursePaused, type CourseReoffered, type CourseReopened,
  type NoLogReturned, type SessionAttended, type SessionCancelled, type SessionNotAttended, type SessionOffered, type SessionRescheduled, type SupportEvent,
} from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type SupportCommand = Told &
  (
    | { readonly type: 'AssignWorker'; readonly worker: string }
    | { readonly type: 'UnassignWorker' }
    | { readonly type: 'OfferSession'; readonly facts: Omit<SessionOffered, 'ordinal'> & { ordinal?: number } }
    | { readonly type: 'RespondToOffer'; readonly session: string; readonly response: 'accepted' | 'declined' }
    | { readonly type: 'RescheduleSession'; readonly facts: SessionRescheduled }
    | { readonly type: 'CancelSession'; readonly facts: SessionCancelled }
    | { readonly type: 'RecordAttendance'; readonly facts: SessionAttended }
    | { readonly type: 'RecordNonAttendance'; readonly facts: SessionNotAttended }
    | { readonly type: 'DeclineCourse'; readonly facts: CourseDeclined }
    | { readonly type: 'ReofferCourse'; readonly facts: CourseReoffered }
    | { readonly type: 'PauseCourse'; readonly facts: CoursePaused }
    | { readonly type: 'ReopenCourse'; readonly facts: CourseReopened }
    | { readonly type: 'EndCourse'; readonly facts: CourseEnded }
    | { readonly type: 'ReportNoLog'; readonly facts: NoLogReturned }
    | { readonly type: 'ReconcileCourseLog'; readonly facts: CourseLogReconciled }
    | { readonly type: 'RecordContactAttempt'; readonly facts: ContactAttempted }
  );

type OutcomeEvent = Extract<SupportEvent, { type: 'SessionAttended' | 'SessionNotAttended' | 'SessionCancelled' }>;
/** What a process called off is presumed: it gives way to what people tell. */
type Outcome = Known & { readonly type: OutcomeEvent['type']; readonly presumed?: true };

export interface SessionState {
  readonly offer?: Known<SessionOffered>;
  readonly response?: Known & { readonly type: 'OfferAccepted' | 'OfferDeclined' };
  readonly plan?: Known<SessionRescheduled>;
  readonly outcome?: Outcome;
  /** A second outcome, which only a correction could bring about. */
  readonly clash?: Outcome['type'];
}

export interface SupportState {
  readonly worker?: string;
  readonly assigned?: Occurred;
  readonly sessions: Readonly<Record<string, SessionState>>;
  /** What was said of each course, by its date. */
  readonly courses: Readonly<Record<number, readonly (Known & CourseMark)[]>>;
  readonly contacts: Readonly<Record<string, Known<ContactAttempted>>>;
}

const outcomes: Record<Outcome['type'], string> = { SessionAttended: 'attended', SessionNotAttended: 'not attended', SessionCancelled: 'cancelled' };

export const support: Decider<SupportState, SupportCommand, SupportEvent> = {
  events: supportEvents,
  initial: { sessions: {}, courses: {}, contacts: {} },

  decide(command, state) {
    const { occurred } = command;
    switch (command.type) {
      case 'AssignWorker':
        return assign(command.worker, occurred, state);
      case 'UnassignWorker':
        return state.worker === undefined ? [] : [{ type: 'WorkerUnassigned', data: { worker: state.worker } }];
      case 'OfferSession':
        return offer(command.facts, occurred, state);
      case 'RespondToOffer': {
        const { session, response } = command;
        const type = response === 'accepted' ? 'OfferAccepted' : 'OfferDeclined';
        const known = offered(session, state).response;
        if (known && (known.type !== type || !restates(known, { session }, occurred))) throw alreadyRecorded('The response to this offer');
        return known ? [] : [{ type, data: { session } }];
      }
      case 'RescheduleSession': {
        const { outcome, plan } = offered(command.facts.session, state);
        if (plan && restates(plan, command.facts, occurred)) return [];
        if (outcome) throw hasOutcome(outcome.type);
        return [{ type: 'SessionRescheduled', data: command.facts }];
      }
      case 'CancelSession':
        offered(command.facts.session, state);
        return close({ type: 'SessionCancelled', data: command.facts }, occurred, state);
      // What happened is accepted even if nobody offered it; it is flagged, never refused.
      case 'RecordAttendance':
        return close({ type: 'SessionAttended', data: command.facts }, occurred, state);
      case 'RecordNonAttendance':
        return close({ type: 'SessionNotAttended', data: command.facts }, occurred, state);
      case 'DeclineCourse':
        return mark({ type: 'CourseDeclined', data: command.facts }, occurred, state);
      case 'ReofferCourse':
        return mark({ type: 'CourseReoffered', data: command.facts }, occurred, state);
      case 'PauseCourse':
        return mark({ type: 'CoursePaused', data: command.facts }, occurred, state);
      case 'ReopenCourse':
        return mark({ type: 'CourseReopened', data: command.facts }, occurred, state);
      case 'EndCourse':
        return mark({ type: 'CourseEnded', data: command.facts }, occurred, state);
      case 'ReportNoLog':
        return mark({ type: 'NoLogReturned', data: command.facts }, occurred, state);
      case 'ReconcileCourseLog':
        return mark({ type: 'CourseLogReconciled', data: command.facts }, occurred, state);
      case 'RecordContactAttempt': {
        const known = state.contacts[command.facts.attempt];
        if (known && !restates(known, command.facts, occurred)) throw alreadyRecorded('This attempt to reach the participant');
        return known ? [] : [{ type: 'ContactAttempted', data: command.facts }];
      }
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'WorkerAssigned':
        return { ...state, worker: entry.data.worker, assigned: occurred };
      case 'WorkerUnassigned': {
        const { worker, assigned: _, ...rest } = state;
        return worker === entry.data.worker ? rest : state;
      }
      case 'SessionOffered':
        return session(state, entry, () => ({ offer: { data: entry.data, occurred } }));
      case 'OfferAccepted':
      case 'OfferDeclined':
        return session(state, entry, () => ({ response: { type: entry.type, data: entry.data, occurred } }));
      case 'SessionRescheduled':
        return session(state, entry, () => ({ plan: { data: entry.data, occurred } }));
      case 'SessionCancelled':
      case 'SessionAttended':
      case 'SessionNotAttended':
        return session(state, entry, ({ outcome }) =>
          outcome && !outcome.presumed ? { clash: entry.type } : { outcome: { type: entry.type, data: entry.data, occurred, ...(entry.source === 'process' && { presumed: true }) } },
        );
      case 'CourseDeclined':
      case 'CourseReoffered':
      case 'CoursePaused':
      case 'CourseReopened':
      case 'CourseEnded':
      case 'NoLogReturned':
      case 'CourseLogReconciled': {
        const marks = state.courses[entry.data.course] ?? [];
        return { ...state, courses: { ...state.courses, [entry.data.course]: byDate(marks, { type: entry.type, data: entry.data, occurred, on: dateOf(occurred) ?? null }) } };
      }
      case 'ContactAttempted':
        return { ...state, contacts: { ...state.contacts, [entry.data.attempt]: { data: entry.data, occurred } } };
    }
  },

  holds({ sessions, courses }) {
    for (const [id, { offer, response, plan, outcome, clash }] of Object.entries(sessions)) {
      if (clash) return new Refused('session-has-outcome', `Session ${id} would have two outcomes: ${outcome ? outcomes[outcome.type] : ''} and ${outcomes[clash]}.`);
      const rests = response ? 'response' : plan ? 'rescheduling' : outcome?.type === 'SessionCancelled' ? 'cancellation' : undefined;
      if (!offer && rests) return new Refused('entry-needed', `The ${rests} of session ${id} rests on this offer. Void the ${rests} first.`);
    }
    const rootless = Object.keys(courses).map(Number).find((course) => course > 1 && !(has(courses[course], 'CourseReoffered') && has(courses[course - 1], 'CourseEnded')));
    return rootless === undefined ? undefined : new Refused('entry-needed', `What is recorded of course ${rootless} rests on its offer, and on the end of course ${rootless - 1}. Void that first.`);
  },
};

function assign(worker: string, occurred: Occurred | undefined, state: SupportState): SupportEvent[] {
  if (state.worker === worker && occurred && !same(occurred, state.assigned)) throw alreadyRecorded('The assignment of this worker');
  if (state.worker === worker) return [];
  const before: SupportEvent[] = state.worker === undefined ? [] : [{ type: 'WorkerUnassigned', data: { worker: state.worker } }];
  return [...before, { type: 'WorkerAssigned', data: { worker } }];
}

/** Ordinals count within the course of so many planned sessions: each course begins at one. */
function offer(facts: Omit<SessionOffered, 'ordinal'> & { ordinal?: number }, occurred: Occurred | undefined, state: SupportState): SupportEvent[] {
  const known = state.sessions[facts.session]?.offer;
  const begun = begunOf(state);
  const course = courseOn(begun, occurred && dateOf(occurred));
  const offers = Object.values(state.sessions).flatMap(({ offer }) => (offer && courseOn(begun, dateOf(offer.occurred)) === course ? [offer] : []));
  const latest = Math.max(0, ...offers.map(({ data }) => data.ordinal));
  const data = { ...facts, ordinal: facts.ordinal ?? known?.data.ordinal ?? latest + 1 };
  if (known && !restates(known, data, occurred)) throw alreadyRecorded('The offer of this session');
  return known ? [] : [{ type: 'SessionOffered', data }];
}

/** Only the numbering of the courses is the system's own: which one is running, and what follows it. All else is accepted as it is told. */
function mark(event: CourseEvent, occurred: Occurred | undefined, state: SupportState): SupportEvent[] {
  const { course } = event.data;
  const marks = state.courses[course] ?? [];
  const latest = Math.max(1, ...Object.keys(state.courses).map(Number));
  const alike = occurred === undefined ? [standing(marks, event.type)] : marks.filter(({ type }) => type === event.type);
  if (alike.some((known) => known && restates(known, event.data, occurred))) return [];
  const date = occurred && dateOf(occurred);
  // Now, or on the day that is told of.
  const was = (...types: CourseMark['type'][]) => types.some((type) => standing(marks, type) ?? standing(marks, type, date));
  if (event.type === 'CourseReoffered' && course === latest + 1) {
    if (!standing(state.courses[latest] ?? [], 'CourseEnded')) throw new Refused('course-running', `Course ${latest} has not ended. Record its end first, then offer course ${course}.`);
  } else if (course > latest) throw new Refused('course-unknown', `There is no course ${course} of this participant: the latest is ${latest}. Course ${latest + 1} begins by PUT …/courses/${latest + 1}/re-offer once course ${latest} has ended.`);
  else if (event.type === 'CourseReoffered' && !was('CourseDeclined') && !(course === latest && was('CourseEnded')))
    throw new Refused('course-running', `Course ${course} was not declined${course === latest ? ', nor has it ended' : ''}: there is nothing to offer again. Record that first; if another course is meant, PUT …/courses/${latest + 1}/re-offer.`);
  if (event.type === 'CourseEnded' && standing(marks, 'CourseEnded')) throw alreadyRecorded(`The end of course ${course}`);
  if (event.type === 'CourseReopened' && !was('CoursePaused', 'CourseEnded')) throw new Refused('course-open', `Course ${course} is neither paused nor ended. Record the pause or the end first.`);
  return [event];
}

function has(marks: readonly CourseMark[] | undefined, type: CourseMark['type']): boolean {
  return marks?.some((mark) => mark.type === type) ?? false;
}

function begunOf({ courses }: SupportState): Begun {
  return Object.fromEntries(
    Object.entries(courses).flatMap(([course, marks]) => {
      const first = marks.find(({ type }) => type === 'CourseReoffered');
      return Number(course) > 1 && first ? [[course, first.on]] : [];
    }),
  );
}

/** One outcome for one session id; the same again is nothing. */
function close(event: OutcomeEvent, occurred: Occurred | undefined, { sessions }: SupportState): SupportEvent[] {
  const known = sessions[event.data.session]?.outcome;
  if (!known || (known.presumed && !restates(known, event.data, occurred))) return [event];
  if (known.type !== event.type) throw hasOutcome(known.type);
  if (!restates(known, event.data, occurred)) throw alreadyRecorded('The outcome of this session');
  return [];
}

function offered(id: string, { sessions }: SupportState): SessionState {
  const found = sessions[id];
  if (!found?.offer) throw new Refused('session-unknown', 'No such session was offered to this participant. Record the offer first, or check the session id.');
  return found;
}

function hasOutcome(type: Outcome['type']): Refused {
  return new Refused('session-has-outcome', `This session is already recorded as ${outcomes[type]}. If that is wrong, void that entry; if this is another session, give it another id.`);
}

function session(state: SupportState, { data }: EntryOf<Extract<SupportEvent, { data: { session: string } }>>, change: (known: SessionState) => SessionState): SupportState {
  const known = state.sessions[data.session] ?? {};
  return { ...state, sessions: put(state.sessions, data.session, { ...known, ...change(known) }) };
}
