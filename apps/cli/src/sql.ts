import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import pg from 'pg';
import { csvOf, type Cell } from '@cairn/analysis/csv.js';
import { views } from '@cairn/analysis/views.js';
import type { Config } from '@cairn/assembly/config.js';
import { openServer } from '@cairn/assembly/server.js';
import { ANALYST, analystPasswordFile } from '@cairn/postgres/analyst.js';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import { exits, exitsHelp, Failure } from './failure.js';
import type { Surroundings } from './record.js';
import { explained, refuseNowhere } from './record-place.js';
import { fits, records, table, type Terminal } from './terminal.js';

interface Options {
  readonly run?: string;
  readonly csv?: true;
  readonly json?: true;
}

export function sqlCommand({ config, terminal }: Surroundings): Command {
  return new Command('sql')
    .summary('how analysts connect to their views, or one query as they would ask it')
    .description('Says how to connect with psql or any other program as the read-only role of the analysts, and what is there. With --run, asks one query as that role and prints the answer.')
    .option('--run <query>', 'one query')
    .option('--csv', 'print the answer as CSV')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', `
Example:
  npm run cairn -- sql
  npm run -s cairn -- sql --run "select figure, value, denominator, unknown from figures" --csv
${exitsHelp}`)
    .action(async (options: Options) => {
      const settings = config();
      refuseNowhere(settings);
      await explained(async () => {
        const server = await openServer(settings);
        try {
          const client = await analystOn(server.connection, settings);
          try {
            process.stdout.write(`${options.run === undefined ? await guide(client, settings, server.connection, terminal) : await answer(client, options.run, options, terminal)}\n`);
          } finally {
            await client.end().catch(() => {});
          }
        } finally {
          await server.release();
        }
      });
    });
}

/** A session that may do what analysts may. @throws Failure before the service has ever run */
async function analystOn(connection: Connection, { databaseUrl, dataDir }: Config): Promise<pg.Client> {
  const signIn = async () => {
    if (databaseUrl !== undefined) return clientAs(connection, ANALYST, { applicationName: 'cairn sql' });
    return new pg.Client({ ...connection, user: ANALYST, password: (await readFile(analystPasswordFile(dataDir), 'utf8')).trim(), application_name: 'cairn sql' });
  };
  try {
    const client = await signIn();
    client.on('error', () => {});
    await client.connect();
    await client.query("set search_path = analysis; set default_transaction_read_only = on; set timezone = 'UTC'");
    const made = await client.query("select from pg_namespace where nspname = 'analysis'");
    if (made.rowCount) return client;
    await client.end();
  } catch (error) {
    if (!['ENOENT', '28P01', '28000', '22023', '42704'].includes(String((error as { code?: unknown }).code))) throw error;
  }
  throw new Failure(exits.refused, 'There are no views for analysts yet.', 'Start the service of this release once: it makes them.');
}

async function answer(client: pg.Client, text: string, { csv, json }: Options, terminal: Terminal): Promise<string> {
  try {
    // One statement, whatever is in it.
    const { rows, fields } = await client.query<Cell[]>({ text, rowMode: 'array', queryMode: 'extended', types: { getTypeParser: (id: number) => (numbers.includes(id) ? Number : id === pg.types.builtins.BOOL ? (cell: string) => cell === 't' : String) } } as pg.QueryArrayConfig);
    const names = fields.map(({ name }) => name);
    if (json) return JSON.stringify(rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))), null, 2);
    if (csv) return csvOf(names, rows).trimEnd();
    const shown = fits(terminal, names) ? table : records;
    return shown(terminal, names, rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell)))));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new Failure(exits.refused, `The database says: ${error.message}.`, error.code === '42501' ? 'Analysts read the views of the schema analysis and nothing else.' : 'Correct the query and run it again.');
  }
}

const numbers = [pg.types.builtins.INT2, pg.types.builtins.INT4, pg.types.builtins.INT8, pg.types.builtins.FLOAT4, pg.types.builtins.FLOAT8, pg.types.builtins.NUMERIC] as number[];

async function guide(client: pg.Client, settings: Config, connection: Connection, terminal: Terminal): Promise<string> {
  const { rows } = await client.query<{ programme: string; exact: boolean }>('select distinct programme, exact from figures order by 1');
  const standing = rows.map(({ programme, exact }) => `  ${programme}: ${exact ? 'rows and exact figures' : 'figures alone, rounded: it is masked and not unblinded'}`);
  return [
    settings.databaseUrl === undefined ? 'While the service runs:' : 'Once, as an administrator of the database, make a user for each analyst; then:',
    '',
    ...connecting(settings, connection).map((line) => `  ${line}`),
    '',
    ...(settings.databaseUrl === undefined ? [] : ['What PostgreSQL tells every user of its tables (pg_class.reltuples, the pg_stat_… functions) an administrator must take from PUBLIC there.', '']),
    'The role reads these views and nothing else. Tokens stand for people; the comments (\\d+ in psql) and GET /v1/codebook say what every column is.',
    '',
    table(terminal, ['view', 'columns', 'what it is'], views.map(({ name, columns, about }) => [`analysis.${name}`, String(columns.length), about])),
    '',
    'Programmes:',
    ...(standing.length > 0 ? standing : ['  nobody is registered yet']),
  ].join('\n');
}

function connecting({ databaseUrl, dataDir }: Config, { host, port, database }: Connection): string[] {
  const place = `host=${host} port=${port} dbname=${database}`;
  if (databaseUrl === undefined) return [`PGPASSWORD="$(cat ${quoted(analystPasswordFile(dataDir))})" psql "${place} user=${ANALYST}"`];
  return [`create role ada login password '…' in role ${ANALYST};`, `psql "${place} user=ada options='-c search_path=analysis -c default_transaction_read_only=on'"`];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
