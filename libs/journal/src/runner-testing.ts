import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { signedIn } from '@cairn/postgres/connection.js';
import { Runner, type RunnerOptions } from './runner.js';
import { toyHouse } from './testing.js';
import { days, diaryEvents, moodEvents, people, toyLog } from './toy-record.js';

type House = Awaited<ReturnType<typeof toyHouse>>;
export type Process = Awaited<ReturnType<House['process']>>;

export type Logged = { readonly level: string; readonly fields: object; readonly message: string };

/** Houses and runners for one spec file, and what was logged; `rest` stops the runners, `close` all. */
export function runnersAtWork() {
  const houses: House[] = [];
  const runners: Runner[] = [];
  const logged: Logged[] = [];
  const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  const given = ({ journal, dataSource, pool, keyring }: Process, also: Partial<RunnerOptions> = {}): RunnerOptions => {
    const contexts = { load: async () => {}, lookup: () => undefined };
    return { journal, dataSource, pool, models: [days, people], logs: [toyLog], participantGroups: [diaryEvents, moodEvents], contexts, destroyed: () => keyring.destroyed(), log, ...also };
  };
  return {
    logged,
    given,
    async newHouse(): Promise<House> {
      const house = await toyHouse();
      houses.push(house);
      return house;
    },
    runnerOf(process: Process, also: Partial<RunnerOptions> = {}): Runner {
      const runner = new Runner(given(process, also));
      runners.push(runner);
      return runner;
    },
    async rest(): Promise<void> {
      await Promise.all(runners.splice(0).map((runner) => runner.stop()));
      logged.length = 0;
    },
    async close(): Promise<void> {
      await Promise.all(houses.map((each) => each.close()));
    },
  };
}

/** Every row of every model, and the checkpoint, as text. */
export async function tablesOf({ database }: House): Promise<string[]> {
  return signedIn(database.connection, async (client) => {
    const texts = async (from: string) => (await client.query<{ row: string }>(`select t::text as row from ${from} t order by 1`)).rows.map(({ row }) => row);
    return [...(await texts('read.toy_days')), ...(await texts('read.toy_people')), ...(await texts('read.toy_log')), ...(await texts('read.merges')), ...(await texts('(select position from read.checkpoint)'))];
  });
}

/** Cuts the connections to which a condition on pg_stat_activity applies. @returns how many */
export async function endSessions({ database }: House, condition: string): Promise<number> {
  const sql = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${condition}`;
  return signedIn(database.connection, async (client) => (await client.query(sql)).rowCount ?? 0);
}

const LEASE = 0x6361_6972;
export const holdingTheLease = `pid in (select pid from pg_locks where locktype = 'advisory' and granted and classid = ${LEASE} and objid = 1)`;
export const holdingTheProcesses = `pid in (select pid from pg_locks where locktype = 'advisory' and granted and classid = ${LEASE} and objid = 2)`;

export async function processHoldingTheLease({ database }: House): Promise<ChildProcess> {
  const script = `
    import pg from 'pg';
    const client = new pg.Client(JSON.parse(process.env.CONNECTION));
    await client.connect();
    await client.query('select pg_advisory_lock(${LEASE}, 1)');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const env = { CONNECTION: JSON.stringify(database.connection) };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** As long as a machine may take that has much else to do. */
export const PATIENCE_MS = 60_000;
/** Who looks for it notices within a second, on such a machine in this time; who does not look is told by timeouts of the server, later. */
export const SOON_MS = 20_000;

/** Looks until it is true. */
export async function until(condition: () => Promise<boolean> | boolean, ms = PATIENCE_MS): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`It did not come true in ${ms} ms.`);
    await sleep(10);
  }
}

/** Waits until the models hold everything. @returns the position they stand at, at least */
export async function caughtUp(runner: Runner, { journal }: Process): Promise<number> {
  const head = await journal.head();
  await runner.waitFor(head, PATIENCE_MS);
  return head;
}
