import type { Journal } from '@cairn/journal/journal.js';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { participants } from '../participants/participants.js';
import { leftAt, staff } from '../staff/staff.js';
import { standing, supportEvents } from '../support/events.js';
import { support, type SupportState } from '../support/support.js';
import { view, type CaseProcess, type Place } from './case-process.js';
import { questions } from './questions.js';

/** Participants assigned to a member of staff, by read models that hold everything up to a position. */
export type CaseloadAt = (worker: string, position: number) => Promise<readonly string[]>;

interface Assignment {
  readonly worker?: string;
  readonly entry?: string;
}

const assignment = view<Assignment, typeof supportEvents>(supportEvents, {}, {
  WorkerAssigned: (_, { id, data }) => ({ worker: data.worker, entry: id }),
  WorkerUnassigned: (known, { data }) => (known.worker === data.worker ? {} : known),
});

const ask = questions('reassignment', supportEvents);
const changing = ['Died', 'WorkerAssigned', 'WorkerUnassigned', 'CourseEnded', 'CourseReopened', 'CourseReoffered'];

/**
 * Whoever is assigned to somebody who has left needs another worker: the supervisor is asked. It closes when another is assigned.
 * No assignment slips through: what was assigned before the leaving is in the caseload as read models that hold the leaving give it; what is assigned
 * later is itself an entry, decided on the leaver's own stream.
 */
export function reassignment(journal: Journal, caseloadAt: CaseloadAt): CaseProcess {
  const place = (participant: string, worker: string): Place => ({ participant, on: [support, participants], beside: [[staff, worker]] });
  const placesOf = async (worker: string, position: number) => (await caseloadAt(worker, position)).map((participant) => place(participant, worker));
  const placeOf = async (participant: string) => {
    const { worker } = await journal.state(support, participant);
    return worker === undefined ? [] : [place(participant, worker)];
  };
  return {
    name: 'reassignment',
    places({ stream, type, position }: Entry) {
      switch (categoryOf(stream)) {
        case 'staff':
          return type === 'Left' || type === 'Engaged' ? placesOf(subjectOf(stream), position) : [];
        case 'support':
        case 'participant':
          return changing.includes(type) || isCorrection(type) ? placeOf(subjectOf(stream)) : [];
        default:
          return [];
      }
    },
    decide(look) {
      const { worker, entry } = look.state(assignment);
      const { died } = look.state(participants);
      // Somebody else was assigned meanwhile: that is an entry of its own, and is decided on when it comes.
      if (worker === undefined || entry === undefined || !look.beside.some(([, id]) => id === worker)) return [];
      const wanted = leftAt(look.state(staff, worker)) !== undefined && !died && !courseOver(look.state(support));
      const text = 'The worker assigned has left. Assign another one.';
      return ask(look, wanted ? [{ query: look.idOf('assignment', entry), topic: 'reassignment', to: 'supervisor', entries: [entry], text }] : []);
    },
  };
}

/** Nobody needs to visit after the last course has ended. */
function courseOver({ courses }: SupportState): boolean {
  const latest = Math.max(1, ...Object.keys(courses).map(Number));
  return standing(courses[latest] ?? [], 'CourseEnded') !== undefined;
}
