import { signedIn } from '@cairn/postgres/connection.js';
import { copyInto } from './copy.js';
import { RowBytes } from './row-bytes.js';
import { runnersAtWork } from './runner-testing.js';
import { together } from './together.js';

const work = runnersAtWork();
let house: Awaited<ReturnType<typeof work.newHouse>>;
beforeAll(async () => void (house = await work.newHouse()));
afterAll(work.close);

type Writer = Exclude<keyof RowBytes, 'begin' | 'end' | 'nothing'>;

/** What the database reads of values in a column of a type, as its text. */
async function readBack(type: string, writer: Writer, values: readonly unknown[]): Promise<(string | null)[]> {
  const bytes = new RowBytes();
  const rows = values.map((value) => {
    bytes.begin(1);
    if (value === null) bytes.nothing();
    else bytes[writer](value);
    return bytes.end();
  });
  return signedIn(house.database.connection, async (client) => {
    await client.query(`set timezone = 'UTC'; create temporary table cells (nth int generated always as identity, cell ${type})`);
    await together(client, copyInto({ name: 'cells', columns: ['cell'] }, rows));
    return (await client.query<{ cell: string | null }>('select cell::text as cell from cells order by nth')).rows.map(({ cell }) => cell);
  });
}

const long = 'Ein langer Text, in dem auch Grüße stehen, \\ und\n\t"Zeichen" 🪨. '.repeat(2_000);

describe('a row in binary form', () => {
  it.each<[type: string, Writer, values: readonly (string | number | boolean | null)[]]>([
    ['smallint', 'smallint', [0, -1, 32_767, -32_768, null]],
    ['integer', 'integer', [0, -1, 255, 256, 2_147_483_647, -2_147_483_648, null]],
    ['bigint', 'bigint', [0, -1, 4_294_967_295, 4_294_967_296, -4_294_967_297, 1_764_000_000_000, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, null]],
    ['double precision', 'double', [0, 1 / 7, -1e300, null]],
    ['boolean', 'boolean', [true, false, null]],
    ['text', 'text', ['', 'a', 'Grüße', '🪨', '\\N', 'tab\tand\nline', 'x'.repeat(24), 'x'.repeat(25), long, null]],
    ['varchar(40)', 'text', ['', 'ü'.repeat(40)]],
    ['date', 'date', ['2000-01-01', '1999-12-31', '1900-03-01', '2024-02-29', '9999-12-31', null]],
    ['uuid', 'uuid', ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '01234567-89ab-cdef-0123-456789abcdef', null]],
  ])('of %s is read as it was meant', async (type, writer, values) => {
    expect(await readBack(type, writer, values)).toEqual(values.map((value) => (value === null ? null : String(value))));
  });

  it('of instants and of JSON is read as it was meant', async () => {
    const instants = ['1970-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z', '2026-03-05T14:30:00.001Z', '9999-12-31T23:59:59.999Z'].map((at) => new Date(at));
    expect((await readBack('timestamptz', 'instant', instants)).map((at) => new Date(at ?? ''))).toEqual(instants);
    const values = [{ a: [1, 'ü\\"', null], long }, [], 'text', 0, false];
    for (const kind of ['jsonb', 'json'] as const) expect((await readBack(kind === 'json' ? 'text' : kind, kind, values)).map((text) => JSON.parse(text ?? '') as unknown)).toEqual(values);
    expect(await readBack('jsonb', 'jsonb', [() => 1])).toEqual([null]);
  });

  it.each<[Writer, unknown]>([
    ['smallint', 32_768], ['integer', 1.5], ['integer', '5'], ['integer', 2 ** 31], ['bigint', 2 ** 53], ['bigint', NaN], ['double', '1'], ['boolean', 0], ['date', '2025-02-30'], ['date', '2025-2-3'], ['date', new Date()],
    ['instant', '2026-03-05'], ['instant', new Date(NaN)], ['uuid', '0123456789abcdef0123456789abcdef0123'], ['uuid', '01234567-89ab-cdef-0123-456789abcdeg'], ['uuid', '01234567-89ab-cdef-0123-456789abcde'], ['uuid', '01234567-89ab-cdef-0123-456789abcdeé'],
  ])('is never made of what does not fit: %s of %p', (writer, value) => {
    const bytes = new RowBytes();
    bytes.begin(1);
    expect(() => bytes[writer](value)).toThrow(RangeError);
  });
});
