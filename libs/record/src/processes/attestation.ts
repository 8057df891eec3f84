import { isCorrection, type EntryReattributed } from '@cairn/kernel/corrections.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { categoryOf, subjectOf, type Entry, type Fact } from '@cairn/kernel/envelope.js';
import { startOf, type Occurred } from '@cairn/kernel/occurred.js';
import { aspects, type Aspect } from '../aspects.js';
import { reviewOf } from '../review/review.js';
import { remarksOn } from '../review/events.js';
import { staffId } from '../staff/events.js';
import { hasLeft, staff, wasHere } from '../staff/staff.js';
import { act, view, type Act, type CaseProcess, type Place } from './case-process.js';

/** Streams of participants to which an account has written since an instant, by read models that hold everything up to a position. */
export type WrittenSince = (account: string, since: number, position: number) => Promise<readonly { readonly stream: string; readonly participant: string }[]>;

interface Written {
  readonly entry: string;
  /** In epoch milliseconds. */
  readonly recorded: number;
  readonly occurred: Occurred;
}

/** What each author wrote on a stream. */
type Authors = Readonly<Record<string, readonly Written[]>>;

function authorsOf({ events }: Aspect): Decider<Authors, never, Fact> {
  return {
    events,
    initial: {},
    decide: () => [],
    evolve(known, entry) {
      const author = authorOf(entry);
      // Who told it is kept from those who are masked, and so is whether they had left.
      const withheld = !events.reveals && events.definitions[entry.type]?.teller === 'withheld';
      if (author === undefined || withheld) return known;
      return { ...known, [author]: [...(known[author] ?? []), { entry: entry.id, recorded: Date.parse(entry.recordedAt), occurred: entry.occurred }] };
    },
  };
}

const written = new Map(aspects.map((aspect) => [aspect.events.stream, { aspect, authors: authorsOf(aspect) }]));
const asked = new Map(
  aspects.map(({ events }) => [
    events.stream,
    view<readonly string[], ReturnType<typeof remarksOn>>(remarksOn(events), [], { QueryRaised: (entries, { data, actor }) => (actor.id === 'process:attestation' ? [...entries, ...data.entries] : entries) }),
  ]),
);

/** The member of staff who told it; where the token did not say, whoever's account has that name. */
function authorOf({ actor, source }: Entry): string | undefined {
  const author = actor.staff ?? actor.id;
  return source === 'process' || !staffId.test(author) ? undefined : author;
}

/**
 * What happened before somebody left and was recorded after waits for a person to stand for it: it came late, from a device that was away, and nobody can
 * ask its author. DOMAIN.md, situation 7: authorship stays. Whether the leaving was recorded before or after makes no difference.
 */
export function attestation(writtenSince: WrittenSince): CaseProcess {
  const writtenBy = async ({ stream, position, occurred }: Entry): Promise<Place[]> => {
    const places = await writtenSince(subjectOf(stream), startOf(occurred) ?? 0, position);
    return places.flatMap(({ stream: on, participant }) => {
      const there = written.get(on);
      return there ? [{ participant, on: [there.aspect], beside: [[staff, subjectOf(stream)] as const] }] : [];
    });
  };
  return {
    name: 'attestation',
    places(entry) {
      const { stream, type } = entry;
      if (type === 'Left' && categoryOf(stream) === 'staff') return writtenBy(entry);
      const known = written.get(categoryOf(stream));
      // What is given to another participant waits for attestation there.
      const carried = type === 'EntryReattributed' ? (entry.data as EntryReattributed).carried : undefined;
      const told = carried ? ({ ...entry, ...carried } as Entry) : entry;
      const author = authorOf(told);
      if (!known || author === undefined || isCorrection(told.type) || !Object.hasOwn(known.aspect.events.definitions, told.type)) return [];
      return [{ participant: subjectOf(stream), on: [known.aspect], beside: [[staff, author] as const] }];
    },
    decide(look) {
      const { events } = look.on;
      const [author] = look.beside.map(([, id]) => id);
      const known = written.get(events.stream);
      const before = asked.get(events.stream);
      if (author === undefined || !known || !before) return [];
      const person = look.state(staff, author);
      if (person.leavings.length === 0) return [];
      const { attested } = look.state(reviewOf(events));
      const raised = look.state(before);
      const late = (look.state(known.authors)[author] ?? []).filter(({ recorded, occurred }) => hasLeft(person, recorded) && wasHere(person, occurred));
      return late.filter(({ entry }) => !attested[entry] && !raised.includes(entry)).map(({ entry }): Act => {
        const text = 'Recorded after its author had left, of a time before. Attest it if it is right; if not, amend or void it.';
        const facts = { query: look.idOf('entry', entry), topic: 'attestation', to: events.reveals ? 'supervisor' : 'data-manager', entries: [entry], text } as const;
        return act(reviewOf(events), { type: 'RaiseQuery', facts: { ...facts, entries: [entry] }, standing: look.standing({ events }) });
      });
    },
  };
}
