import { createHash } from 'node:crypto';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { fold } from '@cairn/kernel/decider.js';
import { subjectOf, type Entry, type EntryOf, type Fact } from '@cairn/kernel/envelope.js';
import { effective } from '@cairn/kernel/history.js';
import { entryOf } from '@cairn/kernel/testing.js';
import type { CaseProcess, Look, Place } from './case-process.js';

export const participant = '6f1c8a4e-0000-4000-8000-000000000001';

/** A UUID for a few words, as the journal gives one for a process's. */
export function idFor(...words: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(words)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The n-th entry of a record, on a stream of the participant's or, with an id, of somebody else's. */
export function recorded(n: number, stream: string, type: string, data: object, also: Partial<Entry> & { at?: string; id?: string } = {}): Entry {
  const { at, ...more } = also;
  const occurred = { at: at ?? '2026-01-05', precision: at !== undefined && at.length > 10 ? 'minute' : 'date', zone: 'Europe/London' } as const;
  return entryOf({ type, data }, n, { stream: stream.includes('-') ? stream : `${stream}-${participant}`, occurred, ...more });
}

/** `following(stops).given(offered, died).when(died).records('SessionCancelled', …)`: what a rule has recorded about the last of the entries, or the one named. */
export function following(rule: CaseProcess) {
  return {
    given(...history: readonly Entry[]) {
      const on = (stream: string) => effective(history.filter((entry) => entry.stream === stream));
      const others = [...new Set(history.filter(({ stream }) => stream.startsWith('participant-')).map(({ stream }) => subjectOf(stream)))].filter((id) => id !== participant);
      const look = (place: Place): Look => ({
        on: place.on[0],
        beside: place.beside ?? [],
        participant,
        state: (decider, id = participant) => fold(decider, on(`${decider.events.stream}-${id}`) as unknown as EntryOf<never>[]),
        person: (decider) => [participant, ...others].map((id) => fold(decider, on(`${decider.events.stream}-${id}`) as unknown as EntryOf<never>[])),
        standing: ({ events }: { events: Catalogue }) => new Set(on(`${events.stream}-${participant}`).map(({ id }) => id)),
        idOf: (...words) => idFor(rule.name, ...words),
      });
      const acts = async (cause: Entry | undefined) => {
        if (!cause) throw new Error('There is nothing to follow.');
        const places = await rule.places(cause);
        return places.flatMap((place) => rule.decide(look(place)).map((act) => ({ ...act, facts: act.on.decide(act.command, look(place).state(act.on)) })));
      };
      return {
        /** The facts that follow, in order; none when the entry does not concern the rule. */
        when: async (cause = history.at(-1)): Promise<Fact[]> => (await acts(cause)).flatMap(({ facts }) => facts),
        /** The reasons given with them. */
        reasons: async (cause = history.at(-1)) => (await acts(cause)).map(({ reason }) => reason?.code),
      };
    },
  };
}
