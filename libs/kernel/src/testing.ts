import { fold, type Decider } from './decider.js';
import type { Entry, EntryOf, Fact } from './envelope.js';
import { effective } from './history.js';
import type { Occurred } from './occurred.js';
import { Refused } from './refused.js';
import { same } from './same.js';

/** A whole entry round a fact, for specs: the n-th of its stream, recorded at noon of the n-th day of 2026. */
export function entryOf<F extends Fact>(fact: F, n: number, also: Partial<Entry> = {}): EntryOf<F> {
  const occurred: Occurred = { at: '2026-01-05', precision: 'date', zone: 'Europe/London' };
  return {
    ...fact,
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    position: n,
    stream: 'support-6f1c8a4e-0000-4000-8000-000000000001',
    revision: n - 1,
    version: 1,
    occurred,
    recordedAt: new Date(Date.UTC(2026, 0, n, 12)).toISOString().replace('Z', '000Z'),
    actor: { id: 'w1', role: 'worker', site: 's1' },
    commandId: `command-${n}`,
    fingerprint: 'f',
    correlationId: 'c',
    source: 'api',
    ...also,
  } as unknown as EntryOf<F>;
}

/** `given(support, offered).when({ type: 'RecordAttendance', … }).emits(attended)`. */
export function given<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, ...past: (Event | EntryOf<Event>)[]) {
  const entries = past.map((fact, index) => ('id' in fact ? (fact) : entryOf(fact, index + 1)));
  const state = fold(decider, effective(entries as unknown as Entry[]) as unknown as EntryOf<Event>[]);
  return {
    state,
    when(command: Command) {
      const decide = () => decider.decide(command, state);
      return {
        emits(...expected: Event[]) {
          const got = decide();
          if (!same(got, expected)) throw new Error(`Expected ${JSON.stringify(expected, null, 1)}\nbut got ${JSON.stringify(got, null, 1)}`);
        },
        emitsNothing() {
          this.emits();
        },
        refuses(code: string) {
          let got: unknown;
          try {
            got = decide();
          } catch (error) {
            if (error instanceof Refused && error.code === code) return;
            throw error;
          }
          throw new Error(`Expected a refusal ${code}\nbut got ${JSON.stringify(got, null, 1)}`);
        },
      };
    },
  };
}
