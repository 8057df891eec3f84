import { IsInt, IsString } from 'class-validator';
import { catalogue, check, type FactOf } from './catalogue.js';
import { correct, type CorrectionCommand } from './correct.js';
import type { Decider } from './decider.js';
import { Linked } from './disclosure.js';
import type { Entry, Fact } from './envelope.js';
import { effective } from './history.js';
import { Invalid, Refused } from './refused.js';
import { entryOf } from './testing.js';

class Lent {
  @Linked() @IsString() book: string;
  @Linked() @IsInt() days: number;
}
class Returned {
  @Linked() @IsString() book: string;
}
const events = catalogue({ stream: 'library', about: 'participant' }, { Lent: { version: 2, data: Lent, upcast: { 1: (data) => data }, fixed: ['book'] }, Returned: { version: 1, data: Returned } });
type Event = FactOf<typeof events>;

/** Books out, below zero when one came back that was never lent. */
const library: Decider<Readonly<Record<string, number>>, never, Event> = {
  events,
  initial: {},
  decide: () => [],
  evolve: (out, { type, data }) => ({ ...out, [data.book]: (out[data.book] ?? 0) + (type === 'Lent' ? 1 : -1) }),
  holds(out) {
    const book = Object.keys(out).find((title) => (out[title] ?? 0) < 0);
    return book === undefined ? undefined : new Refused('return-depends', `The return of ${book} depends on this entry. Void the return first.`);
  },
};

const anna = '6f1c8a4e-0000-4000-8000-000000000001';
const ben = '6f1c8a4e-0000-4000-8000-000000000002';
const at = (n: number, fact: Fact, also: Partial<Entry> = {}): Entry => entryOf(fact, n, also);
const lent = at(1, { type: 'Lent', data: { book: 'Emma', days: 14 } });
const returned = at(2, { type: 'Returned', data: { book: 'Emma' } });
const history = [lent, returned];

const amend = (entry: Entry, data: object, also: object = {}): CorrectionCommand => ({ type: 'AmendEntry', entry: entry.id, data, ...also });
const voiding = ({ id }: { id: string }, why: 'duplicate' | 'entered-in-error' = 'duplicate'): CorrectionCommand => ({ type: 'VoidEntry', entry: id, why });
const decide = (command: CorrectionCommand, past: readonly Entry[] = history) => correct(command, library, past);
const after = (command: CorrectionCommand, past: readonly Entry[] = history) => [...past, ...decide(command, past).map((fact, index) => at(past.length + index + 1, fact))];
function refusal(command: CorrectionCommand, past?: readonly Entry[]): string {
  try {
    return `nothing refused: ${JSON.stringify(decide(command, past))}`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.code;
  }
}

describe('an amendment', () => {
  it('is the whole new value, at the version of now, at the same time unless another is told', () => {
    const occurred = { at: '2026-01-02', precision: 'date', zone: 'Europe/London' } as const;
    const data = { entry: lent.id, type: 'Lent', version: 2, data: { book: 'Emma', days: 21 } };
    expect(decide(amend(lent, data.data))).toEqual([{ type: 'EntryAmended', data: { ...data, occurred: lent.occurred } }]);
    expect(decide(amend(lent, data.data, { occurred }))).toEqual([{ type: 'EntryAmended', data: { ...data, occurred } }]);
    expect(decide(amend(lent, lent.data as object, { occurred }))).toHaveLength(1);
  });

  it('can itself be written', () => {
    for (const { type, data } of [...decide(amend(lent, { book: 'Emma', days: 21 })), ...decide(voiding(returned))]) expect(() => check(events, type, data)).not.toThrow();
  });

  it('decides nothing when it says what already stands', () => {
    expect(decide(amend(lent, { days: 14, book: 'Emma' }))).toEqual([]);
    expect(decide(amend(lent, { book: 'Emma', days: 14 }, { occurred: { ...lent.occurred } }))).toEqual([]);
    const amended = after(amend(lent, { book: 'Emma', days: 21 }));
    expect(decide(amend(lent, { book: 'Emma', days: 21 }), amended)).toEqual([]);
  });

  it('of an amended entry names the original, and may lead back to the first value', () => {
    const amended = after(amend(lent, { book: 'Emma', days: 21 }));
    const [back] = decide(amend(lent, { book: 'Emma', days: 14 }), amended);
    expect(back).toMatchObject({ type: 'EntryAmended', data: { entry: lent.id, data: { days: 14 } } });
    expect(effective(after(amend(lent, { book: 'Emma', days: 14 }), amended))[0]).toMatchObject({ id: lent.id, data: { days: 14 } });
  });

  it('keeps what says which fact it is', () => {
    expect(refusal(amend(lent, { book: 'Persuasion', days: 14 }))).toBe('identity-fixed');
    expect(() => decide(amend(lent, { book: 'Persuasion', days: 14 }))).toThrow('cannot change book');
  });

  it('must be a value of its type', () => {
    expect(() => decide(amend(lent, { book: 'Emma', days: 'many', colour: 'red' }))).toThrow(Invalid);
    expect(() => decide(amend(lent, { book: 'Emma', days: 'many' }))).toThrow('data.days: must be an integer');
    expect(() => decide(amend(lent, { book: 'Emma', days: 1, colour: 'red' }))).toThrow('data.colour: is not a field of this');
  });
});

describe('a void', () => {
  it('says why, and decides nothing the second time', () => {
    expect(decide(voiding(returned))).toEqual([{ type: 'EntryVoided', data: { entry: returned.id, why: 'duplicate' } }]);
    expect(decide(voiding(returned), after(voiding(returned)))).toEqual([]);
  });

  it('is final: neither another reason nor an amendment comes after it', () => {
    const past = after(voiding(returned));
    expect(refusal(voiding(returned, 'entered-in-error'), past)).toBe('entry-voided');
    expect(refusal(amend(returned, { book: 'Emma' }), past)).toBe('entry-voided');
  });
});

describe('any correction', () => {
  it('is refused where there is no such entry', () => {
    const absent = at(9, lent);
    for (const command of [voiding(absent), amend(absent, { book: 'Emma', days: 1 }), voiding({ id: 'constructor' })]) expect(refusal(command)).toBe('entry-unknown');
    expect(refusal(voiding(lent), [])).toBe('entry-unknown');
  });

  it('is refused on a correction, a void included', () => {
    const past = after(voiding(returned), after(amend(lent, { book: 'Emma', days: 21 })));
    for (const correction of past.slice(2)) {
      expect(refusal(voiding(correction), past)).toBe('not-an-entry');
      expect(refusal(amend(correction, {}), past)).toBe('not-an-entry');
    }
  });

  it('is refused when the history it leaves could never have been, by what depends on it', () => {
    expect(refusal(voiding(lent))).toBe('return-depends');
    expect(refusal(amend(returned, { book: 'Persuasion' }))).toBe('return-depends');
    expect(refusal(voiding(lent), after(voiding(returned)))).not.toBe('return-depends');
    expect(decide(voiding(lent), after(voiding(returned)))).toHaveLength(1);
  });

  it('is judged with the corrections before it', () => {
    const twice = [lent, at(2, lent), returned].map((entry, index) => ({ ...entry, id: at(index + 1, lent).id, position: index + 1 }));
    const once = after(voiding(twice[0]!), twice);
    expect(refusal(voiding(twice[1]!), once)).toBe('return-depends');
  });

  it('reaches an entry taken in from another participant, and none given away', () => {
    const carried = { type: 'Lent', version: 1, data: lent.data, occurred: lent.occurred, actor: lent.actor };
    const move = { entry: lent.id, from: anna, to: ben };
    const bens = [at(1, { type: 'EntryReattributed', data: { ...move, carried } }, { stream: `library-${ben}`, id: at(7, lent).id })];
    const annas = [lent, at(2, { type: 'EntryReattributed', data: move }, { stream: `library-${anna}` })];
    expect(decide(amend(lent, { book: 'Emma', days: 21 }), bens)).toMatchObject([{ data: { entry: lent.id } }]);
    expect(decide(voiding(lent), bens)).toHaveLength(1);
    expect(refusal(voiding(lent), annas)).toBe('entry-moved');
    expect(refusal(voiding(lent), after(voiding(lent), bens))).toBe('nothing refused: []');
    expect(refusal(amend(lent, { book: 'Emma', days: 1 }), after(voiding(lent), bens))).toBe('entry-voided');
  });
});

it('asks no more of a decider that has nothing to hold', () => {
  const { holds, ...free } = library;
  expect(holds).toBeDefined();
  expect(correct(voiding(lent), free, history)).toHaveLength(1);
});
