import { IsInt, IsString } from 'class-validator';
import fc from 'fast-check';
import { catalogue, type FactOf } from './catalogue.js';
import { correct, type CorrectionCommand } from './correct.js';
import { isCorrection } from './corrections.js';
import { fold, type Decider } from './decider.js';
import { Linked, Personal } from './disclosure.js';
import type { Entry, EntryOf, Fact } from './envelope.js';
import { asOf, chronological, effective, knownAt } from './history.js';
import type { Occurred } from './occurred.js';
import { readModel, refold, type ReadModel, type Row } from './read-model.js';
import { Refused } from './refused.js';
import { entryOf } from './testing.js';

/* A toy: stones are planned and laid on a cairn, ten units of height in all, until it is finished; beside it, a diary. */

class Stone {
  @Linked() @IsString() stone: string;
  @Linked() @IsInt() height: number;
}
class Finished {
  @Linked() @IsString() by: string;
}
class Note {
  @Linked() @IsString() page: string;
  @Personal() @IsString() text: string;
}
const cairnEvents = catalogue(
  { stream: 'cairn', about: 'participant' },
  { StonePlanned: { version: 1, data: Stone, fixed: ['stone'] }, StoneLaid: { version: 1, data: Stone, fixed: ['stone'] }, CairnFinished: { version: 1, data: Finished } },
);
const diaryEvents = catalogue({ stream: 'diary', about: 'participant' }, { NoteTaken: { version: 1, data: Note, fixed: ['page'] } });
type CairnEvent = FactOf<typeof cairnEvents>;
type ToyEvent = CairnEvent | FactOf<typeof diaryEvents>;

interface Cairn {
  readonly planned: readonly string[];
  readonly laid: readonly { readonly stone: string; readonly height: number }[];
  readonly finished: boolean;
}
const cairn: Decider<Cairn, CairnEvent, CairnEvent> = {
  events: cairnEvents,
  initial: { planned: [], laid: [], finished: false },
  decide(command, state) {
    if (command.type === 'CairnFinished') return state.finished ? [] : [command];
    if (command.type === 'StonePlanned') return state.planned.includes(command.data.stone) ? [] : [command];
    if (state.finished) throw new Refused('finished', 'The cairn is finished.');
    const broken = this.holds?.(this.evolve(state, command as EntryOf<CairnEvent>));
    if (broken) throw broken;
    return [command];
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'StonePlanned':
        return { ...state, planned: [...state.planned, data.stone] };
      case 'StoneLaid':
        return { ...state, laid: [...state.laid, data] };
      case 'CairnFinished':
        return { ...state, finished: true };
    }
  },
  holds(state) {
    const stones = state.laid.map(({ stone }) => stone);
    if (new Set(stones).size < stones.length) return new Refused('laid-twice', 'A stone can be laid once.');
    if (stones.some((stone) => !state.planned.includes(stone))) return new Refused('unplanned', 'A stone is laid that nobody planned.');
    return state.laid.reduce((sum, { height }) => sum + height, 0) > 10 ? new Refused('too-high', 'The cairn would fall.') : undefined;
  },
};

class StoneRow implements Row {
  participant: string;
  position: number;
  stone: string;
  height: number;
  tall: boolean;
  laid: number;
}
class SummaryRow implements Row {
  participant: string;
  position: number;
  events: number;
  unknown: number;
  last: string;
}
const stones = readModel(
  StoneRow,
  [cairnEvents],
  {
    initial: { stone: '', height: 0, laid: 0, tall: false },
    key: { column: 'stone', of: ({ data }) => (data as Partial<Stone>).stone },
    derive: (row) => ({ ...row, tall: row.height > 3 }),
  },
  { StonePlanned: (row, { data }) => ({ ...row, height: data.height }), StoneLaid: (row, { data }) => ({ ...row, height: data.height, laid: row.laid + 1 }) },
);
const summary = readModel(
  SummaryRow,
  [cairnEvents, diaryEvents],
  { initial: { events: 0, unknown: 0, last: '' }, every: (row) => ({ ...row, events: row.events + 1 }), erased: (row) => ({ ...row, unknown: row.unknown + 1 }) },
  { NoteTaken: (row, { data }) => ({ ...row, last: data.text.trim() }), CairnFinished: (row, { data }) => ({ ...row, last: data.by.trim() }) },
);
const models = [stones, summary] as readonly ReadModel[];
const lookup = () => undefined;
const rowsOf = (history: readonly Entry[]) => models.map((model) => [...refold(model, history, lookup)].sort(([a], [b]) => (a < b ? -1 : 1)));
const stateOf = (history: readonly Entry[]) => fold(cairn, history.filter(({ stream }) => stream.startsWith('cairn-')) as unknown as EntryOf<CairnEvent>[]);

const here = '6f1c8a4e-0000-4000-8000-000000000001';
const there = '6f1c8a4e-0000-4000-8000-000000000002';
const zone = 'Europe/London';
const idOf = (n: number) => entryOf({ type: '', data: {} }, n).id;

const names = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__');
const stone = fc.record({ stone: names, height: fc.integer({ min: 1, max: 9 }) });
const cairnFact: fc.Arbitrary<CairnEvent> = fc.oneof(
  { weight: 3, arbitrary: stone.map((data) => ({ type: 'StonePlanned' as const, data })) },
  { weight: 3, arbitrary: stone.map((data) => ({ type: 'StoneLaid' as const, data })) },
  { weight: 1, arbitrary: fc.constant({ type: 'CairnFinished' as const, data: { by: 'Anna' } }) },
);
const fact: fc.Arbitrary<ToyEvent> = fc.oneof(cairnFact, fc.record({ type: fc.constant('NoteTaken' as const), data: fc.record({ page: names, text: fc.string() }) }));
const occurred: fc.Arbitrary<Occurred> = fc.oneof(
  fc.integer({ min: 1, max: 28 }).map((day) => ({ at: `2026-01-${String(day).padStart(2, '0')}`, precision: 'date' as const, zone })),
  fc.constantFrom<Occurred>(
    { at: '2026-01', precision: 'month', zone },
    { precision: 'unknown', zone },
    { at: '2025-10-26T01:30:00+01:00', precision: 'minute', zone },
    { at: '2025-10-26T01:30:00+00:00', precision: 'minute', zone },
  ),
);

type Step =
  | { readonly kind: 'fact'; readonly fact: ToyEvent; readonly occurred: Occurred }
  | { readonly kind: 'amend' | 'void' | 'give' | 'take'; readonly target: number; readonly fact: ToyEvent; readonly occurred: Occurred };
const factStep = fc.record({ kind: fc.constant('fact' as const), fact, occurred });
const stepOf = (...kinds: ('amend' | 'void' | 'give' | 'take')[]): fc.Arbitrary<Step> =>
  fc.oneof({ weight: 2, arbitrary: factStep }, { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), target: fc.nat(14), fact, occurred }) });

const streamOf = ({ type }: Fact) => `${type === 'NoteTaken' ? 'diary' : 'cairn'}-${here}`;

/** The n-th entry of a history; an amendment is of its target's type as long as that is a fact, and keeps what is fixed. */
function entryFrom(step: Step, n: number, steps: readonly Step[]): Entry {
  if (step.kind === 'fact') return entryOf(step.fact, n, { stream: streamOf(step.fact), occurred: step.occurred });
  const target = steps[step.target - 1];
  const old = target?.kind === 'fact' ? target.fact : step.fact;
  const { type, data } = step.kind === 'take' ? step.fact : changed(old, step.fact);
  const entry = idOf(step.target);
  const value = { type, version: 1, data, occurred: step.occurred };
  const move = step.kind === 'give' ? { from: here, to: there } : { from: there, to: here, carried: { ...value, actor: { id: 'w2', role: 'worker' } } };
  const reattributed = { type: 'EntryReattributed', data: { entry, ...move } };
  const amended = { type: 'EntryAmended', data: { entry, ...value } };
  const voided = { type: 'EntryVoided', data: { entry, why: 'duplicate' } };
  const correction = { amend: amended, void: voided, give: reattributed, take: reattributed }[step.kind];
  return entryOf(correction, n, { stream: streamOf(step.kind === 'take' ? step.fact : old) });
}

/** The old fact with what may change in it taken from another. */
function changed(old: ToyEvent, other: ToyEvent): ToyEvent {
  switch (old.type) {
    case 'CairnFinished':
      return { type: old.type, data: { by: JSON.stringify(other.data) } };
    case 'NoteTaken':
      return { type: old.type, data: { ...old.data, text: JSON.stringify(other.data) } };
    default:
      return { type: old.type, data: { ...old.data, height: 'height' in other.data ? other.data.height : 1 } };
  }
}

function historyOf(steps: readonly Step[], erased: readonly boolean[] = []): Entry[] {
  return steps.map((step, index) => {
    const entry = entryFrom(step, index + 1, steps);
    return erased[index] ? { ...entry, data: {}, occurred: { precision: 'unknown', zone: 'UTC' }, erased: true } : entry;
  });
}

const anyStep = stepOf('amend', 'void', 'give', 'take');
const instant = (n: number) => new Date(Date.UTC(2026, 0, n, 12)).toISOString();

describe('a history', () => {
  it('can be folded however it was corrected, at any pair of clocks, with any entries erased', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 14, size: 'max' }), fc.array(fc.boolean()), fc.nat(15), fc.nat(30), fc.boolean(), (steps, erased, known, happened, shuffled) => {
        const written = historyOf(steps, erased);
        const raw = shuffled ? written.reverse() : written;
        const history = asOf(effective(knownAt(raw, instant(known))), Date.UTC(2026, 0, happened));
        for (const entries of [history, chronological(history), effective(raw)]) {
          expect(stateOf(entries).laid.length).toBeLessThanOrEqual(entries.length);
          expect(rowsOf(entries)).toHaveLength(2);
        }
        expect(history.some(({ type }) => isCorrection(type))).toBe(false);
        expect(new Set(history.map(({ id }) => id)).size).toBe(history.length);
      }),
      { numRuns: 300 },
    );
  });

  it('corrected is the history in which the right value had been written, and the wrong one never', () => {
    fc.assert(
      fc.property(fc.array(stepOf('amend', 'void'), { maxLength: 14, size: 'max' }), (steps) => {
        const raw = historyOf(steps);
        const written = raw.flatMap((entry, index) => {
          if (isCorrection(entry.type)) return [];
          const later = raw.slice(index + 1).filter(({ type, data }) => isCorrection(type) && (data as { entry: string }).entry === entry.id);
          if (later.some(({ type }) => type === 'EntryVoided')) return [];
          const { data, occurred } = (later.at(-1)?.data ?? entry) as Entry;
          return [{ ...entry, data, occurred }];
        });
        expect(effective(raw).map(({ corrections: _, ...entry }) => entry)).toEqual(written);
        expect(rowsOf(effective(raw))).toEqual(rowsOf(written));
        expect(stateOf(effective(raw))).toEqual(stateOf(written));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a decider', () => {
  type Asked = { readonly fact: CairnEvent } | { readonly fact: CairnEvent; readonly target: number; readonly amend: boolean };
  const asked: fc.Arbitrary<Asked> = fc.oneof(fc.record({ fact: cairnFact }), fc.record({ fact: cairnFact, target: fc.integer({ min: 1, max: 16 }), amend: fc.boolean() }));
  const correction = (asked: Asked & { target: number; amend: boolean }, raw: readonly Entry[]): CorrectionCommand => {
    const entry = idOf(asked.target);
    const old = raw.find(({ id }) => id === entry) as ToyEvent | undefined;
    const fits = old && !isCorrection(old.type);
    return asked.amend ? { type: 'AmendEntry', entry, data: fits ? changed(old, asked.fact).data : asked.fact.data } : { type: 'VoidEntry', entry, why: 'duplicate' };
  };

  it('keeps what must hold through any commands and corrections it accepts; a correction sent again decides nothing', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 25, size: 'max' }), (commands) => {
        const raw: Entry[] = [];
        for (const command of commands) {
          const decide = (): Fact[] => ('target' in command ? correct(correction(command, raw), cairn, raw) : cairn.decide(command.fact, stateOf(effective(raw))));
          let facts: Fact[];
          try {
            facts = decide();
          } catch (error) {
            if (!(error instanceof Refused)) throw error;
            seen.add(error.code);
            continue;
          }
          raw.push(...facts.map((fact, index): Entry => entryOf(fact, raw.length + index + 1, { stream: `cairn-${here}` })));
          for (const { type } of facts) seen.add(type);
          expect(cairn.holds?.(stateOf(effective(raw)))).toBeUndefined();
          if ('target' in command) expect(decide()).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
    const rules = ['finished', 'laid-twice', 'unplanned', 'too-high', 'entry-unknown', 'not-an-entry', 'entry-voided'];
    expect([...seen].sort()).toEqual([...rules, 'EntryAmended', 'EntryVoided', 'StonePlanned', 'StoneLaid', 'CairnFinished'].sort());
  });
});
