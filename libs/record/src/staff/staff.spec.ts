import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { Engaged, MeetingEvent, MeetingHeld, StaffEvent } from './events.js';
import { meetings } from './meetings.js';
import { engagedAt, hasLeft, lastSupervision, leftAt, staff, staffFlags, tasksOn, trainingsOn, type StaffCommand, type StaffState } from './staff.js';

const zone = 'Europe/London';
const on = (at: string): Occurred => ({ at, precision: 'date', zone });
const minute = (at: string): Occurred => ({ at, precision: 'minute', zone });
const instant = (at: string) => Date.parse(at);

const home: Engaged = { programme: 'core', site: 's1', role: 'worker', from: '2026-01-05' };
const engaged = (also: Partial<Engaged> = {}): StaffEvent => ({ type: 'Engaged', data: { ...home, ...also } });
const engage = (also: Partial<Engaged> = {}) => ({ type: 'Engage', occurred: undefined, facts: { ...home, ...also } }) as const;
const left = (occurred: Occurred, n: number) => entryOf<StaffEvent>({ type: 'Left', data: {} }, n, { occurred });
const leave = (occurred?: Occurred) => ({ type: 'RecordLeaving', occurred }) as const;
const meeting = '5a1c0f9e-7b46-4a55-8f0a-2f3f6f0c1a22';

const friday = minute('2026-03-06T17:00:00+00:00');
const stateOf = (...past: StaffEvent[]): StaffState => given(staff, ...past).state;

describe('engagement', () => {
  it('begins somebody here', () => given(staff).when(engage()).emits(engaged()));
  it('told again is nothing', () => given(staff, engaged()).when(engage()).emitsNothing());
  it('at another site stands beside it; with another role it is what stands', () => {
    given(staff, engaged()).when(engage({ site: 's2' })).emits(engaged({ site: 's2' }));
    expect(engagedAt(stateOf(engaged(), engaged({ site: 's2' }), engaged({ role: 'supervisor', from: '2026-02-01' })))).toEqual([
      { ...home, role: 'supervisor', from: '2026-02-01' },
      { ...home, site: 's2' },
    ]);
  });
  it('is what everything else needs', () => {
    for (const command of [leave(), { type: 'DelegateTasks', occurred: undefined, facts: { tasks: [] } }] satisfies StaffCommand[]) given(staff).when(command).refuses('staff-unknown');
  });
});

describe('leaving', () => {
  const past = [engaged(), left(friday, 2)] as StaffEvent[];

  it('is recorded once', () => {
    given(staff, engaged()).when(leave(friday)).emits({ type: 'Left', data: {} });
    given(staff, ...past).when(leave(friday)).emitsNothing();
    given(staff, ...past).when(leave()).emitsNothing();
    given(staff, ...past).when(leave(on('2026-03-09'))).refuses('already-left');
  });

  it('ends access at its instant, not before', () => {
    const state = stateOf(...past);
    expect(hasLeft(state, instant('2026-03-06T16:59:59.999Z'))).toBe(false);
    expect(hasLeft(state, instant('2026-03-06T17:00:00Z'))).toBe(false);
    expect(hasLeft(state, instant('2026-03-06T17:00:00.001Z'))).toBe(true);
    expect(leftAt(state)).toEqual(friday);
    expect(hasLeft(stateOf(engaged()), instant('2030-01-01T00:00:00Z'))).toBe(false);
    expect(hasLeft(stateOf(), 0)).toBe(false);
  });

  it('on a day ends it with that day, where they worked', () => {
    const state = stateOf(engaged(), left(on('2026-07-10'), 2));
    expect(hasLeft(state, instant('2026-07-10T22:59:59Z'))).toBe(false);
    expect(hasLeft(state, instant('2026-07-10T23:00:00Z'))).toBe(true);
  });

  it('is not undone by a request sent again, nor by one about earlier days', () => {
    given(staff, ...past).when(engage()).emitsNothing();
    const state = stateOf(...past, engaged({ site: 's2', from: '2026-02-01' }));
    expect(hasLeft(state, instant('2026-04-01T00:00:00Z'))).toBe(true);
  });

  it('is over from the day they are engaged again; between, they were away', () => {
    const state = stateOf(...past, engaged({ from: '2026-04-06' }));
    expect(leftAt(state)).toBeUndefined();
    expect(['2026-03-06T16:00:00Z', '2026-03-06T18:00:00Z', '2026-04-05T22:59:00Z', '2026-04-05T23:00:00Z'].map((at) => hasLeft(state, instant(at)))).toEqual([false, true, true, false]);
    given(staff, ...past, engaged({ from: '2026-04-06' })).when(leave(on('2026-05-01'))).emits({ type: 'Left', data: {} });
  });

  it('told in error, is as if it had not been once they are engaged from that very day', () => {
    const state = stateOf(...past, engaged({ from: '2026-03-06' }));
    expect(hasLeft(state, instant('2026-03-06T18:00:00Z'))).toBe(false);
    const again = stateOf(...past, engaged({ from: '2026-03-06' }), left(on('2026-02-27'), 4));
    expect(hasLeft(again, instant('2026-03-02T09:00:00Z'))).toBe(true);
  });
});

describe('delegation', () => {
  const delegated = (tasks: string[], n: number, until?: string) => entryOf<StaffEvent>({ type: 'TasksDelegated', data: { tasks, ...(until !== undefined && { until }) } }, n, { occurred: on(`2026-02-0${n}`) }) as StaffEvent;
  const delegate = (tasks: string[], occurred?: Occurred) => ({ type: 'DelegateTasks', occurred, facts: { tasks } }) as const;

  it('told again is nothing, whenever it was; told of now, only while it is what stands', () => {
    const past = [engaged(), delegated(['a'], 2), delegated(['b'], 3)];
    given(staff, ...past).when(delegate(['b'])).emitsNothing();
    given(staff, ...past).when(delegate(['a'], on('2026-02-02'))).emitsNothing();
    given(staff, ...past).when(delegate(['a'])).emits({ type: 'TasksDelegated', data: { tasks: ['a'] } });
  });
  it('is the last one, until its last day', () => {
    expect(tasksOn(stateOf(engaged()), '2026-02-01')).toEqual([]);
    const state = stateOf(engaged(), delegated(['a'], 2), delegated(['b'], 3, '2026-02-20'));
    expect(tasksOn(state, '2026-02-20')).toEqual(['b']);
    expect(tasksOn(state, '2026-02-21')).toEqual([]);
  });
});

describe('training', () => {
  const trained = (day: string, validUntil?: string, n = 2) => entryOf<StaffEvent>({ type: 'TrainingCompleted', data: { training: 'safeguarding', ...(validUntil !== undefined && { validUntil }) } }, n, { occurred: on(day) }) as StaffEvent;
  const train = (occurred: Occurred, validUntil: string) => ({ type: 'RecordTraining', occurred, facts: { training: 'safeguarding', validUntil } }) as const;

  it('is renewed by another completion; the same again is nothing', () => {
    given(staff, engaged(), trained('2025-03-05', '2026-03-05')).when(train(on('2025-03-05'), '2026-03-05')).emitsNothing();
    given(staff, engaged(), trained('2025-03-05', '2026-03-05')).when(train(on('2026-03-02'), '2027-03-05')).emits({ type: 'TrainingCompleted', data: { training: 'safeguarding', validUntil: '2027-03-05' } });
  });
  it('counts to its last day, by the completion that counts longest, in whichever order they were told', () => {
    const state = stateOf(engaged(), trained('2026-03-02', '2027-03-05'), trained('2025-03-05', '2026-03-05', 3));
    expect(trainingsOn(state, '2027-03-05')).toEqual([{ training: 'safeguarding', completedOn: '2026-03-02', validUntil: '2027-03-05', expired: false }]);
    expect(trainingsOn(state, '2027-03-06')).toMatchObject([{ expired: true }]);
    expect(trainingsOn(stateOf(engaged(), trained('2020-01-01')), '2027-03-06')).toEqual([{ training: 'safeguarding', completedOn: '2020-01-01', expired: false }]);
  });
});

describe('supervision', () => {
  const held = (day: string, id = meeting, n = 2) => entryOf<StaffEvent>({ type: 'SupervisionHeld', data: { meeting: id, kind: 'group', minutes: 90 } }, n, { occurred: on(day) }) as StaffEvent;
  const hold = (minutes: number, occurred?: Occurred) => ({ type: 'HoldSupervision', occurred, facts: { meeting, kind: 'group', minutes } }) as const;

  it('is one fact a meeting', () => {
    given(staff, engaged()).when(hold(90)).emits({ type: 'SupervisionHeld', data: { meeting, kind: 'group', minutes: 90 } });
    given(staff, engaged(), held('2026-03-05')).when(hold(90)).emitsNothing();
    given(staff, engaged(), held('2026-03-05')).when(hold(60)).refuses('already-recorded');
    given(staff, engaged(), held('2026-03-05')).when(hold(90, on('2026-03-06'))).refuses('already-recorded');
  });
  it('was last held on the latest day, whenever it was told', () => {
    const other = meeting.replace('22', '23');
    expect(lastSupervision(stateOf(engaged(), held('2026-03-05'), held('2026-02-05', other, 3)))?.data.meeting).toBe(meeting);
    expect(lastSupervision(stateOf(engaged()))).toBeUndefined();
    const [one, two] = [held('2026-03-05', meeting, 2), held('2026-03-05', other, 3)];
    expect(lastSupervision(stateOf(engaged(), one, two))).toEqual(lastSupervision(stateOf(engaged(), two, one)));
  });
  it('with other people under the same id is refused', () => {
    const held = (attendees: string[]): MeetingHeld => ({ kind: 'group', minutes: 90, attendees });
    const meet = (attendees: string[]) => ({ type: 'HoldMeeting', occurred: undefined, facts: held(attendees) }) as const;
    const past: MeetingEvent = { type: 'MeetingHeld', data: held(['w1', 'w2']) };
    given(meetings).when(meet(['w1', 'w2'])).emits(past);
    given(meetings, past).when(meet(['w1', 'w2'])).emitsNothing();
    given(meetings, past).when(meet(['w1'])).refuses('already-recorded');
    given(meetings, past).when(meet(['w8', 'w9'])).refuses('already-recorded');
  });
});

describe('dates that cannot both be right are taken, and flagged', () => {
  const trained = (validUntil: string | undefined, n: number, at = on('2026-03-05')) => entryOf<StaffEvent>({ type: 'TrainingCompleted', data: { training: 'safeguarding', ...(validUntil && { validUntil }) } }, n, { occurred: at });

  it('a leaving before the first engagement', () => {
    expect(staffFlags(stateOf(engaged(), left(on('2026-01-04'), 2)))).toEqual([{ leaving: true, flags: ['before-engagement'] }]);
    expect(staffFlags(stateOf(engaged(), left(on('2026-01-05'), 2)))).toEqual([]);
    expect(staffFlags(stateOf(engaged({ from: '2026-06-01' }), engaged({ site: 's2' }), left(on('2026-02-01'), 3)))).toEqual([]);
  });
  it('a delegation that was over when it was given', () => {
    const delegated = (until: string) => entryOf<StaffEvent>({ type: 'TasksDelegated', data: { tasks: ['workbook'], until } }, 2, { occurred: on('2026-03-05') });
    expect(['2026-03-04', '2026-03-05'].map((until) => staffFlags(stateOf(engaged(), delegated(until))))).toEqual([[{ delegation: true, flags: ['ended-before-given'] }], []]);
  });
  it('a training that had run out before it was completed', () => {
    expect(staffFlags(stateOf(engaged(), trained('2026-03-04', 2), trained('2026-03-03', 3)))).toEqual([{ training: 'safeguarding', flags: ['expired-before-completion'] }]);
    expect([trained('2026-03-05', 2), trained(undefined, 2), trained('2026-03-04', 2, { at: '2026-03', precision: 'month', zone })].map((entry) => staffFlags(stateOf(engaged(), entry)))).toEqual([[], [], []]);
  });
});
