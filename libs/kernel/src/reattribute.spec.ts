import { IsInt, IsOptional, IsString } from 'class-validator';
import { catalogue, check, type FactOf } from './catalogue.js';
import { correct, reattribute, type Holding } from './correct.js';
import type { Decider } from './decider.js';
import { Linked } from './disclosure.js';
import type { Entry, Fact } from './envelope.js';
import { effective } from './history.js';
import { Refused } from './refused.js';
import { entryOf } from './testing.js';

class Lent {
  @Linked() @IsString() book: string;
  @Linked() @IsOptional() @IsInt() days?: number;
}
const remarks = { Noted: { version: 1, data: Lent } };
const events = catalogue(
  { stream: 'library', about: 'participant', remarks },
  { Joined: { version: 1, data: Lent, permanent: true }, Sworn: { version: 1, data: Lent, stays: true }, Lent: { version: 1, data: Lent }, Returned: { version: 1, data: Lent } },
);
const library: Decider<Readonly<Record<string, number>>, never, FactOf<typeof events>> = {
  events,
  initial: {},
  decide: () => [],
  evolve: (out, { type, data }) => ({ ...out, [data.book]: (out[data.book] ?? 0) + (type === 'Lent' ? 1 : type === 'Returned' ? -1 : 0) }),
  holds: (out) => (Object.values(out).some((n) => n < 0) ? new Refused('return-depends', 'A return rests on this loan. Void that first.') : undefined),
};
const decider = library as unknown as Holding;

const anna = '6f1c8a4e-0000-4000-8000-000000000001';
const ben = '6f1c8a4e-0000-4000-8000-000000000002';
const on = (participant: string, n: number, fact: Fact, also: Partial<Entry> = {}): Entry => entryOf(fact, n, { stream: `library-${participant}`, ...also });
const lent = on(anna, 1, { type: 'Lent', data: { book: 'Emma' } }, { source: 'offline', reason: { code: 'late' }, recordedAt: '2026-02-01T12:00:00.000000Z' });
const returned = on(anna, 2, { type: 'Returned', data: { book: 'Emma' } });

type Histories = Readonly<Record<string, Entry[]>>;
const give = (id: string, { [anna]: annas = [], [ben]: bens = [] }: Histories, [from, to] = [anna, ben]) =>
  reattribute(id, decider, { participant: from, history: from === anna ? annas : bens }, { participant: to, history: to === anna ? annas : bens });
/** Both histories once the entry was given. */
function given(id: string, histories: Histories, [from, to] = [anna, ben]): Histories {
  const facts = give(id, histories, [from, to]);
  if (!facts) throw new Error('It was given already.');
  const n = Object.values(histories).flat().length + 1;
  return { ...histories, [from]: [...(histories[from] ?? []), on(from, 10 + n, facts.from)], [to]: [...(histories[to] ?? []), on(to, 11 + n, facts.to)] };
}
function refusal(doing: () => unknown): string {
  try {
    return `nothing refused: ${JSON.stringify(doing())}`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.code;
  }
}
const shown = (history: Entry[] = []) => effective(history).map(({ id, data, source, recordedAt, reason, actor }) => ({ id, data, source, recordedAt, reason, actor }));

describe('an entry given to another participant', () => {
  it('leaves the one and comes to the other with all that was known of it', () => {
    const after = given(lent.id, { [anna]: [lent], [ben]: [] });
    expect(shown(after[anna])).toEqual([]);
    expect(shown(after[ben])).toEqual(shown([lent]));
  });
  it('is told in facts that can be written', () => {
    const facts = give(lent.id, { [anna]: [lent], [ben]: [] });
    for (const fact of [facts?.from, facts?.to]) expect(() => check(events, fact?.type ?? '', fact?.data)).not.toThrow();
    expect(facts?.from.data).not.toHaveProperty('carried');
  });
  it('once more to the same is nothing', () => expect(give(lent.id, given(lent.id, { [anna]: [lent], [ben]: [] }))).toBeUndefined());
  it('is given as it stands, and on, and back', () => {
    const amended = correct({ type: 'AmendEntry', entry: lent.id, data: { book: 'Emma', days: 7 } }, library, [lent]).map((fact) => on(anna, 2, fact));
    const there = given(lent.id, { [anna]: [lent, ...amended], [ben]: [] });
    expect(shown(there[ben])).toMatchObject([{ data: { days: 7 } }]);
    const again = correct({ type: 'AmendEntry', entry: lent.id, data: { book: 'Emma', days: 21 } }, library, there[ben] ?? []).map((fact) => on(ben, 20, fact));
    const back = given(lent.id, { ...there, [ben]: [...(there[ben] ?? []), ...again] }, [ben, anna]);
    expect(shown(back[ben])).toEqual([]);
    expect(shown(back[anna])).toMatchObject([{ id: lent.id, data: { days: 21 }, source: 'offline', recordedAt: lent.recordedAt }]);
    expect(shown(given(lent.id, back)[ben])).toMatchObject([{ data: { days: 21 } }]);
  });
  it('is corrected there, and no longer here', () => {
    const after = given(lent.id, { [anna]: [lent], [ben]: [] });
    const voiding = { type: 'VoidEntry', entry: lent.id, why: 'duplicate' } as const;
    expect(refusal(() => correct(voiding, library, after[anna] ?? []))).toBe('entry-moved');
    expect(correct(voiding, library, after[ben] ?? [])).toHaveLength(1);
  });
});

describe('it is refused', () => {
  it('to the same participant', () => expect(refusal(() => give(lent.id, { [anna]: [lent] }, [anna, anna]))).toBe('same-participant'));
  it('of what is not there, was voided, was given to a third, or is a correction', () => {
    const [voided] = correct({ type: 'VoidEntry', entry: lent.id, why: 'duplicate' }, library, [lent]).map((fact) => on(anna, 2, fact));
    if (!voided) throw new Error('It was not voided.');
    expect(refusal(() => give(returned.id, { [anna]: [lent] }))).toBe('entry-unknown');
    expect(refusal(() => give(lent.id, { [anna]: [lent, voided] }))).toBe('entry-voided');
    expect(refusal(() => give(voided.id, { [anna]: [lent, voided] }))).toBe('not-an-entry');
    const carol = '6f1c8a4e-0000-4000-8000-000000000003';
    const away = on(anna, 3, { type: 'EntryReattributed', data: { entry: lent.id, from: anna, to: carol } });
    expect(refusal(() => give(lent.id, { [anna]: [lent, away], [ben]: [] }))).toBe('entry-moved');
  });
  it('of what is about this very case, and of what can no longer be read', () => {
    for (const type of ['Joined', 'Sworn', 'Noted']) expect(refusal(() => give(lent.id, { [anna]: [on(anna, 1, { type, data: { book: 'Emma' } })] }))).toBe('entry-stays');
    expect(refusal(() => give(lent.id, { [anna]: [{ ...lent, data: {}, erased: true }] }))).toBe('entry-erased');
  });
  it('where it leaves something that rests on it, and where it rests on what is not there', () => {
    expect(refusal(() => give(lent.id, { [anna]: [lent, returned] }))).toBe('return-depends');
    expect(refusal(() => give(returned.id, { [anna]: [lent, returned] }))).toBe('return-depends');
    expect(() => give(returned.id, { [anna]: [lent, returned] })).toThrow('At the participant it would be given to this cannot stand. A return rests on this loan. Record there what it rests on');
  });
});
