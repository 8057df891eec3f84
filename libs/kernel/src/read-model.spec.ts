import { IsInt, IsString } from 'class-validator';
import fc from 'fast-check';
import { catalogue, type FactOf } from './catalogue.js';
import { Linked } from './disclosure.js';
import type { Entry, Fact, ProtocolRef } from './envelope.js';
import { effective } from './history.js';
import { readModel, refold, type ReadModel, type Row } from './read-model.js';
import { entryOf } from './testing.js';

class Lent {
  @Linked() @IsString() book: string;
  @Linked() @IsInt() days: number;
}
class Returned {
  @Linked() @IsString() book: string;
}
const loans = catalogue({ stream: 'library', about: 'participant' }, { Lent: { version: 1, data: Lent, fixed: ['book'] }, Returned: { version: 1, data: Returned } });
const visits = catalogue({ stream: 'visit', about: 'participant' }, { Visited: { version: 1, data: Returned } });

class BookRow implements Row {
  participant: string;
  position: number;
  book: string;
  days: number;
  out: boolean;
  late: boolean;
  unknown: number;
}
class ReaderRow implements Row {
  participant: string;
  position: number;
  seen: readonly string[];
  fee: number;
}

const books = readModel(
  BookRow,
  [loans],
  {
    initial: { book: '', days: 0, out: false, late: false, unknown: 0 },
    key: { column: 'book', of: ({ data }) => (data as { book?: string }).book },
    derive: (row) => ({ ...row, late: row.out && row.days > 20 }),
  },
  { Lent: (row, { data }) => ({ ...row, days: row.days + data.days, out: true }), Returned: (row) => ({ ...row, out: false }) },
);
const reader = readModel(
  ReaderRow,
  [loans, visits],
  {
    initial: { seen: [], fee: 0 },
    every: (row, { type }, { stream }) => ({ ...row, seen: [...row.seen, `${stream}:${type}`] }),
    erased: (row) => ({ ...row, seen: [...row.seen, 'unknown'] }),
  },
  { Lent: (row, { protocol }, lookup) => ({ ...row, fee: row.fee + (protocol ? (lookup(protocol) as { fee: number }).fee : 0) }) },
);

const anna = '6f1c8a4e-0000-4000-8000-000000000001';
const gone = { erased: true, data: {}, occurred: { precision: 'unknown', zone: 'UTC' } } as const;
const at = (n: number, fact: Fact, also: Partial<Entry> = {}): Entry => entryOf(fact, n, { stream: `library-${anna}`, ...also });
const lend = (n: number, book: string, also?: Partial<Entry>) => at(n, { type: 'Lent', data: { book, days: 14 } } satisfies FactOf<typeof loans>, also);
const bring = (n: number, book: string, also?: Partial<Entry>) => at(n, { type: 'Returned', data: { book } }, also);
const visit = (n: number) => at(n, { type: 'Visited', data: { book: '' } }, { stream: `visit-${anna}` });
const lookup = ({ version }: ProtocolRef) => ({ fee: Number(version) });

describe('a model of several rows a participant', () => {
  it('keeps one row a key, with whose it is and what changed it last', () => {
    const rows = refold(books, [lend(1, 'Emma'), lend(2, 'Persuasion'), bring(3, 'Emma')], lookup);
    expect([...rows.keys()]).toEqual(['Emma', 'Persuasion']);
    expect(rows.get('Emma')).toEqual({ participant: anna, position: 3, book: 'Emma', days: 14, out: false, late: false, unknown: 0 });
    expect(rows.get('Persuasion')).toMatchObject({ book: 'Persuasion', position: 2, out: true });
  });

  it('leaves a row as it is, where it stood, when an entry tells nothing new', () => {
    const once = readModel(BookRow, [loans], { initial: { book: '', days: 0, out: false, late: false, unknown: 0 } }, { Lent: (row) => (row.out ? row : { ...row, out: true }), Returned: (row) => (row.out ? { ...row, out: false } : row) });
    const lent = once.fold(undefined, [lend(1, 'Emma')], lookup);
    expect(once.fold(lent, [lend(2, 'Emma'), lend(3, 'Persuasion')], lookup)).toBe(lent);
    const history = [bring(1, 'Emma'), lend(2, 'Emma'), lend(3, 'Emma'), bring(4, 'Emma'), bring(5, 'Emma')];
    const oneByOne = history.reduce<BookRow | undefined>((row, entry) => once.fold(row, [entry], lookup), undefined);
    expect(oneByOne).toEqual(refold(once, history, lookup).get(''));
    expect(oneByOne?.position).toBe(4);
  });

  it('derives its columns anew after every fold', () => {
    const late = [lend(1, 'Emma'), lend(2, 'Emma')];
    expect(refold(books, late, lookup).get('Emma')?.late).toBe(true);
    expect(refold(books, [...late, bring(3, 'Emma')], lookup).get('Emma')?.late).toBe(false);
  });

  it('touches no row for other streams, types without a fold, entries without a key, and what is erased', () => {
    const touching = [visit(1), at(2, { type: 'Unheard', data: { book: 'Emma' } }), at(3, { type: 'Lent', data: {} }), lend(4, 'Emma', gone), lend(5, 'Emma', { stream: `libraryside-${anna}` })];
    for (const entry of touching) expect(books.keyOf(entry)).toBeUndefined();
    expect(refold(books, touching, lookup).size).toBe(0);
  });

  it('takes no fold from what every object has', () => {
    for (const type of ['constructor', 'toString', '__proto__']) expect(books.keyOf(at(1, { type, data: { book: 'Emma' } }))).toBeUndefined();
  });

  it('says what its rows and sources are', () => {
    expect(books).toMatchObject({ row: BookRow, sources: [loans], keyColumn: 'book' });
    expect(reader.keyColumn).toBeUndefined();
  });
});

describe('a model of one row a participant', () => {
  it('has the empty key, folds every entry of its sources, and is told of which', () => {
    const rows = refold(reader, [lend(1, 'Emma'), visit(2), at(3, { type: 'Elsewhere', data: {} }, { stream: `other-${anna}` })], lookup);
    expect(Object.fromEntries(rows)).toEqual({ '': { participant: anna, position: 2, seen: ['library:Lent', 'visit:Visited'], fee: 0 } });
  });

  it('counts an erased entry as unknown, and never gives it to the fold of its type', () => {
    const rows = refold(reader, [lend(1, 'Emma', { ...gone, protocol: { programme: 'p', site: 's', version: '7' } })], lookup);
    expect(rows.get('')).toMatchObject({ seen: ['library:Lent', 'unknown'], fee: 0, position: 1 });
  });

  it('looks up the programme version that an entry names', () => {
    const protocol = (version: string) => ({ protocol: { programme: 'p', site: 's', version } });
    expect(refold(reader, [lend(1, 'Emma', protocol('2')), lend(2, 'Emma', protocol('3'))], lookup).get('')?.fee).toBe(5);
  });
});

describe('a fold', () => {
  it('changes neither the row it is given nor the initial one', () => {
    const before = Object.freeze(books.fold(undefined, [lend(1, 'Emma')], lookup));
    expect(books.fold(before, [bring(2, 'Emma')], lookup)).toMatchObject({ out: false, position: 2 });
    expect(before).toMatchObject({ out: true, position: 1 });
    expect(reader.fold(undefined, [visit(1)], lookup).seen).toEqual(['visit:Visited']);
    expect(reader.fold(undefined, [visit(1)], lookup).seen).toEqual(['visit:Visited']);
  });

  it('one entry at a time, through storage, gives what a refold gives', () => {
    const title = fc.constantFrom('Emma', 'Persuasion', '__proto__', 'constructor');
    const made = [lend, bring, visit, (n: number, book: string) => lend(n, book, gone)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...made), title), { maxLength: 14 }), fc.constantFrom<ReadModel>(books as ReadModel, reader as ReadModel), (steps, model) => {
        const history = steps.map(([make, book], index) => make(index + 1, book));
        const stored = new Map<string, string>();
        for (const entry of history) {
          const key = model.keyOf(entry);
          if (key === undefined) continue;
          const before = stored.get(key);
          stored.set(key, JSON.stringify(model.derive(model.fold(before === undefined ? undefined : (JSON.parse(before) as Row), [entry], lookup))));
        }
        expect(new Map([...stored].map(([key, row]) => [key, JSON.parse(row)]))).toEqual(refold(model, effective(history), lookup));
      }),
    );
  });

  it('never moves a row back', () => {
    expect(books.fold(books.fold(undefined, [lend(5, 'Emma')], lookup), [bring(2, 'Emma')], lookup).position).toBe(5);
  });
});

it('refolds a corrected history without the rows that are no more', () => {
  const history = [lend(1, 'Emma'), lend(2, 'Persuasion'), at(3, { type: 'EntryVoided', data: { entry: lend(2, '').id, why: 'duplicate' } })];
  expect([...refold(books, effective(history), lookup).keys()]).toEqual(['Emma']);
});
