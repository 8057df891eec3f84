import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { inOneWrite } from '@cairn/postgres/wire.js';
import { columnOf, nameOf, parsers, rowsOf } from './cells.js';

/** What of the rows of a table is wanted: of its columns, the first that is kept is never null. */
class Part<Row extends object> {
  declare readonly found: Row;
  constructor(
    readonly row: new () => object,
    readonly keeps: (property: string) => boolean,
  ) {}
}

/** Only these properties of the rows. */
export function part<Row extends object, Property extends keyof Row & string>(row: new () => Row, ...properties: readonly Property[]): Part<Pick<Row, Property>> {
  return new Part(row, (property) => properties.includes(property as Property));
}

/** All properties of the rows but these. */
export function allBut<Row extends object, Property extends keyof Row & string>(row: new () => Row, ...properties: readonly Property[]): Part<Omit<Row, Property>> {
  return new Part(row, (property) => !properties.includes(property as Property));
}

/** For each table in the order in which a question names them: its class, its name in SQL, the row found there. */
type Wanted<Rows extends readonly object[]> = { readonly [Nth in keyof Rows]: (new () => Rows[Nth]) | Part<Rows[Nth] & object> };
type Names<Rows extends readonly object[]> = { readonly [Nth in keyof Rows]: string };
/** Null where a join found none. */
type Found<Rows extends readonly object[]> = { -readonly [Nth in keyof Rows]: Rows[Nth] | null };
type Answers<Asked extends readonly Promise<unknown>[]> = { -readonly [Nth in keyof Asked]: Awaited<Asked[Nth]> };

/** Reads the rows of read models for what is asked all the time: by prepared SQL, and without making entities of them. */
export class RowReader {
  /** @param pool of the role cairn_service; the caller ends it */
  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: Pool,
  ) {}

  /**
   * @param name its own among all prepared statements
   * @param rows of which tables; in the SQL they are to be called `t0`, `t1`, …
   * @param asking what follows the columns: `from … where … order by …`
   */
  prepare<const Rows extends readonly object[]>(name: string, rows: Wanted<Rows>, asking: (...names: Names<Rows>) => string): RowQuestion<Rows> {
    return new RowQuestion(this.dataSource, name, rows, asking);
  }

  /** What is asked on one connection, sent in one write and answered together. */
  async together<Asked extends readonly Promise<unknown>[]>(ask: (client: PoolClient) => readonly [...Asked]): Promise<Answers<Asked>> {
    const client = await this.pool.connect();
    try {
      const answers = await Promise.all(inOneWrite(client, () => ask(client)));
      client.release();
      return answers;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

/** One table of a question. */
interface Side {
  /** Quoted. */
  readonly columns: readonly string[];
  /** Where its columns begin in a line of the answer; the first is null only if there is no row. */
  readonly first: number;
  readonly rowOf: ReturnType<typeof rowsOf>;
}

/** Columns and their types are those the row classes declare to TypeORM; the rows are plain objects. */
export class RowQuestion<Rows extends readonly object[]> {
  private readonly query: { readonly name: string; readonly text: string };
  private readonly sides: Side[] = [];

  constructor(dataSource: DataSource, name: string, rows: Wanted<Rows>, asking: (...names: Names<Rows>) => string) {
    let first = 0;
    const tables = (rows as readonly ((new () => object) | Part<object>)[]).map((wanted) => {
      const entity = dataSource.getMetadata(wanted instanceof Part ? wanted.row : wanted);
      const declared = wanted instanceof Part ? entity.columns.filter(({ propertyName }) => wanted.keeps(propertyName)) : entity.columns;
      const columns = declared.map((column) => columnOf(dataSource, column));
      this.sides.push({ columns: columns.map(({ name }) => name), first, rowOf: rowsOf(columns) });
      first += columns.length;
      return nameOf(entity);
    });
    const cells = this.sides.flatMap(({ columns }, nth) => columns.map((column) => `t${nth}.${column}`));
    this.query = { name, text: `select ${cells.join(', ')} ${asking(...(tables as unknown as Names<Rows>))}` };
  }

  async ask(client: PoolClient, values: readonly unknown[]): Promise<Found<Rows>[]> {
    const { rows } = await client.query<unknown[]>({ ...this.query, values: [...values], rowMode: 'array', types: parsers });
    return rows.map((line) => this.sides.map(({ first, rowOf }) => (line[first] === null ? null : rowOf(line, first))) as Found<Rows>);
  }
}
