import { correct } from '@cairn/kernel/correct.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { asOf, effective } from '@cairn/kernel/history.js';
import { endOf, type Occurred } from '@cairn/kernel/occurred.js';
import { fold } from '@cairn/kernel/decider.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { ContactAttempted, CourseEnded, SessionAttended, SessionOffered, SupportEvent } from './events.js';
import { support, type SupportCommand } from './support.js';

const on = (at: string): Occurred => ({ at, precision: 'date', zone: 'Europe/London' });
/** When `given` says that everything happened. */
const then = on('2026-01-05');
const later = on('2026-01-06');
const [one, two, three] = ['3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a12', '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a13'] as const;

const offerOf = (session: string) => ({ session, plannedStart: '2026-01-20T14:00:00+00:00', mode: 'in-person', method: 'telephone' }) as const;
const moved = (session: string, day = 21) => ({ session, plannedStart: `2026-01-${day}T10:30:00+00:00`, by: 'participant' }) as const;
const visit = (session: string, also: Partial<SessionAttended> = {}): SessionAttended => ({ session, minutes: 60, mode: 'in-person', worker: 'w1', punctuality: 'on-time', ...also });

const assigned = (worker: string): SupportEvent => ({ type: 'WorkerAssigned', data: { worker } });
const unassigned = (worker: string): SupportEvent => ({ type: 'WorkerUnassigned', data: { worker } });
const offered = (session: string, ordinal = 1): SupportEvent => ({ type: 'SessionOffered', data: { ...offerOf(session), ordinal } });
const accepted: SupportEvent = { type: 'OfferAccepted', data: { session: one } };
const declined: SupportEvent = { type: 'OfferDeclined', data: { session: one } };
const rescheduled = (day?: number): SupportEvent => ({ type: 'SessionRescheduled', data: moved(one, day) });
const cancelled: SupportEvent = { type: 'SessionCancelled', data: { session: one, by: 'provider' } };
const attended: SupportEvent = { type: 'SessionAttended', data: visit(one) };
const missed: SupportEvent = { type: 'SessionNotAttended', data: { session: one, kind: 'no-warning' } };
const ended = (reason: CourseEnded['reason'] = 'completed', course = 1): SupportEvent => ({ type: 'CourseEnded', data: { course, reason } });
const paused = (course = 1): SupportEvent => ({ type: 'CoursePaused', data: { course, reason: 'unwell' } });
const of = (type: 'CourseDeclined' | 'CourseReoffered' | 'CourseReopened' | 'NoLogReturned', course = 1): SupportEvent => ({ type, data: { course } });
const counted = (sessions: number, course = 1): SupportEvent => ({ type: 'CourseLogReconciled', data: { course, attended: sessions } });
const tried = (result: ContactAttempted['result'] = 'no-answer'): SupportEvent => ({ type: 'ContactAttempted', data: { attempt: three, method: 'telephone', result } });

const assign = (worker: string) => ({ type: 'AssignWorker', worker }) as const;
const offer = (session: string, also: Partial<SessionOffered> = {}) => ({ type: 'OfferSession', facts: { ...offerOf(session), ...also } }) as const;
const respond = (response: 'accepted' | 'declined') => ({ type: 'RespondToOffer', session: one, response }) as const;
const reschedule = (day?: number) => ({ type: 'RescheduleSession', facts: moved(one, day) }) as const;
const cancel = { type: 'CancelSession', facts: { session: one, by: 'provider' } } as const;
const attend = (also?: Partial<SessionAttended>) => ({ type: 'RecordAttendance', facts: visit(one, also) }) as const;
const miss = { type: 'RecordNonAttendance', facts: { session: one, kind: 'no-warning' } } as const;
const end = (reason: CourseEnded['reason'] = 'completed', course = 1) => ({ type: 'EndCourse', facts: { course, reason } }) as const;
const pause = (course = 1) => ({ type: 'PauseCourse', facts: { course, reason: 'unwell' } }) as const;
const say = <T extends 'DeclineCourse' | 'ReofferCourse' | 'ReopenCourse' | 'ReportNoLog'>(type: T, course = 1) => ({ type, facts: { course } }) as const;
const reconcile = (attended: number, course = 1) => ({ type: 'ReconcileCourseLog', facts: { course, attended } }) as const;
const contact = (result: ContactAttempted['result'] = 'no-answer') => ({ type: 'RecordContactAttempt', facts: { attempt: three, method: 'telephone', result } }) as const;

describe('a worker', () => {
  it('is assigned', () => given(support).when(assign('w1')).emits(assigned('w1')));
  it('assigned the same again is nothing', () => given(support, assigned('w1')).when(assign('w1')).emitsNothing());
  it('is replaced by another: the first unassigned, the second assigned', () => given(support, assigned('w1')).when(assign('w2')).emits(unassigned('w1'), assigned('w2')));
  it('may come back', () => given(support, assigned('w1'), unassigned('w1'), assigned('w2')).when(assign('w1')).emits(unassigned('w2'), assigned('w1')));
  it('is unassigned', () => given(support, assigned('w1')).when({ type: 'UnassignWorker' }).emits(unassigned('w1')));
  it('unassigned the same again is nothing, and so is unassigning nobody', () => {
    given(support, assigned('w1'), unassigned('w1')).when({ type: 'UnassignWorker' }).emitsNothing();
    given(support).when({ type: 'UnassignWorker' }).emitsNothing();
  });
  it('stays when another is unassigned, as after a correction', () => expect(given(support, assigned('w2'), unassigned('w1')).state.worker).toBe('w2'));
});

describe('an offer', () => {
  it('is the first, and each new one the next', () => {
    given(support).when(offer(one)).emits(offered(one, 1));
    given(support, offered(one, 1), offered(two, 2)).when(offer(three)).emits(offered(three, 3));
  });
  it('may say which it is, and the next counts on from there', () => {
    given(support).when(offer(one, { ordinal: 4 })).emits(offered(one, 4));
    given(support, offered(one, 4), offered(two, 2)).when(offer(three)).emits(offered(three, 5));
  });
  it('takes no number from visits nobody offered', () => given(support, attended).when(offer(two)).emits(offered(two, 1)));
  it('the same again is nothing, its number said or not, also when others came after it', () => {
    given(support, offered(one), offered(two, 2)).when(offer(one)).emitsNothing();
    given(support, offered(one), offered(two, 2)).when(offer(one, { ordinal: 1 })).emitsNothing();
  });
  it('of a session that took place is accepted late', () => given(support, attended).when(offer(one)).emits(offered(one)));
  it('of another mode, start or number under the same id is refused', () => {
    for (const other of [{ mode: 'video' }, { plannedStart: '2026-01-20T15:00:00+00:00' }, { ordinal: 2 }] as const) given(support, offered(one)).when(offer(one, other)).refuses('already-recorded');
  });
});

describe('a response', () => {
  it('is to an offer', () => {
    given(support, offered(one)).when(respond('accepted')).emits(accepted);
    given(support, offered(one)).when(respond('declined')).emits(declined);
  });
  it('to the contrary is refused', () => {
    given(support, offered(one), accepted).when(respond('declined')).refuses('already-recorded');
    given(support, offered(one), declined).when(respond('accepted')).refuses('already-recorded');
  });
});

describe('a new start', () => {
  it('is given to what was offered', () => given(support, offered(one)).when(reschedule()).emits(rescheduled()));
  it('may be given again, back to a former one too', () => {
    given(support, offered(one), rescheduled(21)).when(reschedule(22)).emits(rescheduled(22));
    given(support, offered(one), rescheduled(21), rescheduled(22)).when(reschedule(21)).emits(rescheduled(21));
  });
  it('on another day of telling is another rescheduling', () => given(support, offered(one), rescheduled()).when({ ...reschedule(), occurred: later }).emits(rescheduled()));
  it('comes too late for a session that has an outcome', () => {
    for (const outcome of [attended, missed, cancelled]) given(support, offered(one), outcome).when(reschedule()).refuses('session-has-outcome');
  });
  it('the same again is nothing, after the outcome too', () => given(support, offered(one), rescheduled(), attended).when(reschedule()).emitsNothing());
});

describe('what needs an offer', () => {
  it.each<SupportCommand>([respond('accepted'), respond('declined'), reschedule(), cancel])('$type is refused of a session nobody offered', (command) => {
    given(support).when(command).refuses('session-unknown');
    given(support, offered(two)).when(command).refuses('session-unknown');
    given(support, attended).when(command).refuses('session-unknown');
  });
});

describe('one session id', () => {
  const outcomes: [string, SupportCommand, SupportEvent][] = [['attended', attend(), attended], ['not attended', miss, missed], ['cancelled', cancel, cancelled]];

  it.each(outcomes)('%s is recorded', (_, command, event) => given(support, offered(one)).when(command).emits(event));
  it.each(outcomes)('has no other outcome beside %s', (_, command, event) => {
    for (const [, , other] of outcomes) if (other !== event) given(support, offered(one), other).when(command).refuses('session-has-outcome');
  });
  it('attended for other minutes, late, or with another worker is refused', () => {
    for (const other of [{ minutes: 50 }, { punctuality: 'late' }, { worker: 'w2' }, { interpreter: true }] as const) given(support, attended).when(attend(other)).refuses('already-recorded');
  });
  it('missed or cancelled otherwise is refused', () => {
    given(support, offered(one), missed).when({ ...miss, facts: { session: one, kind: 'no-access' } }).refuses('already-recorded');
    given(support, offered(one), cancelled).when({ ...cancel, facts: { session: one, by: 'participant' } }).refuses('already-recorded');
  });
  it('that a process called off has the outcome that people tell', () => {
    const calledOff = entryOf(cancelled, 2, { source: 'process' });
    for (const [, command, event] of outcomes.slice(0, 2)) given(support, offered(one), calledOff).when(command).emits(event);
    given(support, offered(one), calledOff).when({ ...cancel, facts: { session: one, by: 'participant' } }).emits({ type: 'SessionCancelled', data: { session: one, by: 'participant' } });
    given(support, offered(one), calledOff).when(cancel).emitsNothing();
    expect(support.holds?.(given(support, offered(one), calledOff, attended).state)).toBeUndefined();
    given(support, offered(one), calledOff, attended).when(miss).refuses('session-has-outcome');
  });
  it('can have its outcome recorded anew once the wrong one is voided', () => {
    const past = [offered(one), missed].map((fact, index) => entryOf(fact, index + 1));
    const state = stateOf([...past, ...voided(past, 2)]);
    expect(support.decide(attend(), state)).toEqual([attended]);
  });
});

describe('what happened is accepted', () => {
  it('attended or not, if nobody offered it', () => {
    given(support).when(attend()).emits(attended);
    given(support).when(miss).emits(missed);
  });
  it('after the course ended, or after the offer was declined', () => {
    given(support, ended()).when(attend()).emits(attended);
    given(support, offered(one), declined).when(attend()).emits(attended);
  });
});

describe('the end of a course', () => {
  it('is recorded, whether or not anything was offered', () => given(support).when(end()).emits(ended()));
  it('for another reason is refused', () => given(support, ended()).when(end('moved-away')).refuses('already-recorded'));
  it('may be told again after it was reopened', () => given(support, ended(), of('CourseReopened')).when(end('moved-away')).emits(ended('moved-away')));
});

describe('a course', () => {
  it('is declined, offered again, and declined again', () => {
    given(support).when(say('DeclineCourse')).emits(of('CourseDeclined'));
    given(support, of('CourseDeclined')).when(say('ReofferCourse')).emits(of('CourseReoffered'));
    given(support, of('CourseDeclined'), of('CourseReoffered')).when(say('DeclineCourse')).emits(of('CourseDeclined'));
  });
  it('is paused and goes on, as often as it takes', () => {
    given(support).when(pause()).emits(paused());
    given(support, paused()).when(say('ReopenCourse')).emits(of('CourseReopened'));
    given(support, paused(), of('CourseReopened')).when(pause()).emits(paused());
  });
  it('goes on after its end, too', () => given(support, ended()).when(say('ReopenCourse')).emits(of('CourseReopened')));
  it('goes on only from a pause or an end', () => {
    for (const past of [[], [of('CourseDeclined')], [paused(), of('CourseReopened')]]) given(support, ...past).when({ ...say('ReopenCourse'), occurred: later }).refuses('course-open');
  });
  it('may have been paused before it ended, and be told so only then', () => given(support, ended()).when({ ...pause(), occurred: on('2026-01-02') }).emits(paused()));
  it('takes another pause told late, beside the one that is known', () => given(support, paused()).when({ ...pause(), occurred: on('2026-01-02') }).emits(paused()));
});

describe('what is said of a course out of order', () => {
  const said = (fact: SupportEvent, day: string, n = 1) => entryOf(fact, n, { occurred: on(day) });
  const [pausedOn, reopenedBefore] = [said(paused(), '2026-11-23', 1), said(of('CourseReopened'), '2026-11-21', 2)];
  it('is a reopening dated before its pause: taken, and the true one after it as well', () => {
    given(support, pausedOn).when({ ...say('ReopenCourse'), occurred: on('2026-11-21') }).emits(of('CourseReopened'));
    given(support, pausedOn, reopenedBefore).when({ ...say('ReopenCourse'), occurred: on('2026-11-25') }).emits(of('CourseReopened'));
    given(support, pausedOn, reopenedBefore, said(of('CourseReopened'), '2026-11-25', 3)).when({ ...say('ReopenCourse'), occurred: on('2026-11-27') }).refuses('course-open');
  });
  it('is an earlier pause whose reopening is told last', () => {
    const later = [said(paused(), '2026-02-01', 1), said(of('CourseReopened'), '2026-02-10', 2), said(paused(), '2026-01-10', 3)];
    given(support, ...later).when({ ...say('ReopenCourse'), occurred: on('2026-01-15') }).emits(of('CourseReopened'));
    given(support, ...later).when({ ...say('ReopenCourse'), occurred: on('2026-01-09') }).refuses('course-open');
  });
  it('is an end before a reopening and a pause: the course is paused, and can end', () => {
    const past = [pausedOn, reopenedBefore, said(ended(), '2026-11-01', 3)];
    given(support, ...past).when({ ...end(), occurred: on('2026-11-30') }).emits(ended());
    given(support, ...past).when(say('ReofferCourse', 2)).refuses('course-running');
  });
});

describe('a course offered again', () => {
  it('was declined or had ended: else there is nothing to offer', () => {
    for (const past of [[], [of('CourseDeclined'), of('CourseReoffered')], [paused()]]) given(support, ...past).when({ ...say('ReofferCourse'), occurred: on('2026-03-01') }).refuses('course-running');
    given(support, ended()).when(say('ReofferCourse')).emits(of('CourseReoffered'));
    for (const course of [1, 2]) given(support, ended(), of('CourseReoffered', 2)).when({ ...say('ReofferCourse', course), occurred: on('2026-03-01') }).refuses('course-running');
  });
  it('on a day on which it was declined may be told after the next one began', () => {
    const past = [entryOf(ended(), 1, { occurred: on('2026-06-01') }), entryOf(of('CourseReoffered', 2), 2, { occurred: on('2026-07-01') }), entryOf(of('CourseDeclined'), 3, { occurred: on('2026-02-01') })];
    given(support, ...past).when({ ...say('ReofferCourse'), occurred: on('2026-02-10') }).emits(of('CourseReoffered'));
  });
});

describe('another course', () => {
  it('begins by being offered once the one before has ended', () => {
    given(support, ended()).when(say('ReofferCourse', 2)).emits(of('CourseReoffered', 2));
    given(support, ended(), of('CourseReoffered', 2), ended('other', 2)).when(say('ReofferCourse', 3)).emits(of('CourseReoffered', 3));
  });
  it('waits for that end', () => {
    given(support).when(say('ReofferCourse', 2)).refuses('course-running');
    given(support, ended(), of('CourseReopened')).when(say('ReofferCourse', 2)).refuses('course-running');
  });
  it('is the next, and nothing is told of one that nobody offered', () => {
    given(support, ended()).when(say('ReofferCourse', 3)).refuses('course-unknown');
    for (const command of [end('other', 2), pause(2), say('DeclineCourse', 2), say('ReopenCourse', 2), say('ReportNoLog', 2), reconcile(3, 2)]) given(support, ended()).when(command).refuses('course-unknown');
  });
  it('ends and is paused on its own', () => given(support, ended(), of('CourseReoffered', 2)).when(end('other', 2)).emits(ended('other', 2)));
  it('counts its sessions from one; an offer told late counts in the course of its day', () => {
    const second = entryOf(of('CourseReoffered', 2), 3, { occurred: on('2026-03-01') });
    given(support, offered(one, 1), ended(), second).when(offer(two)).emits(offered(two, 1));
    given(support, offered(one, 1), ended(), second, entryOf(offered(two, 1), 4, { occurred: on('2026-03-02') })).when(offer(three)).emits(offered(three, 2));
    given(support, offered(one, 1), ended(), second).when({ ...offer(two), occurred: on('2026-02-28') }).emits(offered(two, 2));
    given(support, offered(one, 1), ended(), second).when({ ...offer(two), occurred: on('2026-03-01') }).emits(offered(two, 1));
  });
  it('keeps its own offer and the end it follows', () => {
    const past = [ended(), of('CourseReoffered', 2), paused(2)].map((each, index) => entryOf(each, index + 1));
    for (const entry of [1, 2]) expect(() => voided(past, entry)).toThrow('rests on its offer, and on the end of course 1');
    const unpaused = [...past, ...voided(past, 3)];
    expect(voided([...unpaused, ...voided(unpaused, 2)], 1)).toHaveLength(1);
  });
});

describe('a paper log', () => {
  it('did not come back, or was held against the record; and what was said last stands', () => {
    given(support).when(say('ReportNoLog')).emits(of('NoLogReturned'));
    given(support, of('NoLogReturned')).when(reconcile(6)).emits(counted(6));
    given(support, of('NoLogReturned'), counted(6)).when(reconcile(7)).emits(counted(7));
    given(support, counted(6)).when(say('ReportNoLog')).emits(of('NoLogReturned'));
  });
});

describe('an attempt to reach somebody', () => {
  it('is recorded with its result', () => given(support).when(contact()).emits(tried()));
  it('with another result is another attempt', () => given(support, tried()).when(contact('reached')).refuses('already-recorded'));
});

describe('the same again', () => {
  const said: [string, SupportCommand, SupportEvent][] = [
    ['an offer', offer(one), offered(one)], ['an acceptance', respond('accepted'), accepted], ['a refusal', respond('declined'), declined], ['a new start', reschedule(), rescheduled()],
    ['a cancellation', cancel, cancelled], ['an attendance', attend(), attended], ['a non-attendance', miss, missed], ['an end', end(), ended()],
    ['a decline', say('DeclineCourse'), of('CourseDeclined')], ['a re-offer', say('ReofferCourse'), of('CourseReoffered')], ['a pause', pause(), paused()],
    ['a missing log', say('ReportNoLog'), of('NoLogReturned')], ['a reconciled log', reconcile(6), counted(6)], ['an attempt', contact(), tried()],
  ];
  it.each(said)('of %s is nothing, on the same day or without a word of when', (_, command, event) => {
    const past = [offered(one), ...(event.type === 'SessionOffered' ? [] : [event])];
    given(support, ...past).when(command).emitsNothing();
    given(support, ...past).when({ ...command, occurred: then }).emitsNothing();
  });
  it.each(said.filter(([what]) => !/a new start|decline|re-offer|pause|log$/.test(what)))('of %s on another day is refused', (_, command, event) => {
    given(support, offered(one), ...(event.type === 'SessionOffered' ? [] : [event])).when({ ...command, occurred: later }).refuses('already-recorded');
  });
});

describe('what must hold', () => {
  const holds = (...past: SupportEvent[]) => support.holds?.(given(support, ...past).state);

  it.each([['response', accepted], ['response', declined], ['rescheduling', rescheduled()], ['cancellation', cancelled]])('keeps the offer that a %s rests on', (what, fact) => {
    expect(holds(fact)?.code).toBe('entry-needed');
    const past = [offered(one), fact].map((each, index) => entryOf(each, index + 1));
    expect(() => voided(past, 1)).toThrow(`Void the ${what} first`);
    expect(voided([...past, ...voided(past, 2)], 1)).toHaveLength(1);
  });
  it('lets an offer go from under an attendance', () => {
    const past = [offered(one), attended].map((each, index) => entryOf(each, index + 1));
    expect(voided(past, 1)).toHaveLength(1);
    expect(stateOf([...past, ...voided(past, 1)]).sessions[one]).toEqual({ outcome: { ...attended, occurred: then } });
  });
  it('is broken by two outcomes of one session, and names both', () => {
    expect(holds(attended, missed)).toMatchObject({ code: 'session-has-outcome', message: expect.stringContaining('attended and not attended') as string });
  });
});

it('keeps an attendance of which a cut drops the offer', () => {
  const past = [entryOf(offered(one), 1, { occurred: on('2026-01-20') }), entryOf(attended, 2, { occurred: on('2026-01-19') })] as unknown as Entry[];
  const cut = asOf(effective(past), endOf(on('2026-01-19')) ?? 0);
  expect(fold(support, cut as never[]).sessions).toEqual({ [one]: { outcome: { ...attended, occurred: on('2026-01-19') } } });
});

function stateOf(history: readonly Entry[]) {
  return fold(support, effective(history) as never[]);
}

function voided(history: readonly Entry[], n: number): Entry[] {
  const facts = correct({ type: 'VoidEntry', entry: history[n - 1]?.id ?? '', why: 'entered-in-error' }, support, history);
  return facts.map((fact, index) => entryOf(fact, history.length + index + 1));
}
