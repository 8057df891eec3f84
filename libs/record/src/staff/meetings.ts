import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { meetingEvents, type MeetingEvent, type MeetingHeld } from './events.js';

/** A supervision meeting, which is one fact however many came: another list of who came, under the same id, is refused. */
export const meetings: Decider<{ readonly held?: Known<MeetingHeld> }, { readonly type: 'HoldMeeting'; readonly occurred: Occurred | undefined; readonly facts: MeetingHeld }, MeetingEvent> = {
  events: meetingEvents,
  initial: {},
  decide({ facts, occurred }, { held }) {
    if (held && !restates(held, facts, occurred)) throw alreadyRecorded('This meeting');
    return held ? [] : [{ type: 'MeetingHeld', data: facts }];
  },
  evolve: (_, { data, occurred }) => ({ held: { data, occurred } }),
};
