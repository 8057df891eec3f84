import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MemberProcess, until } from '../test-fixtures/member-process.js';
import { recordedPostmaster, stopPostmaster } from './postmaster.js';
import { identityOf, isAlive } from './process-identity.js';


describe('processes on one data directory', () => {
  let prepared: string;
  let dataDir: string;
  let members: MemberProcess[];

  const member = (): MemberProcess => {
    const made = new MemberProcess(dataDir);
    members.push(made);
    return made;
  };
  const serverPid = async (): Promise<number | undefined> => (await recordedPostmaster(join(dataDir, 'postgres')))?.pid;
  const isGone = (pid: number): Promise<true | undefined> => until(async () => ((await identityOf(pid)) ? undefined : true));

  beforeAll(async () => {
    prepared = await mkdtemp(join(tmpdir(), 'cairn-prepared-'));
    await new MemberProcess(prepared).release();
  });

  afterAll(() => rm(prepared, { recursive: true, force: true }));

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cairn processes-'));
    members = [];
  });

  /** The data directory of somebody who has started before. */
  const startedBefore = (): Promise<unknown> => promisify(execFile)('cp', ['-a', `${prepared}/.`, dataDir]);

  afterEach(async () => {
    for (const each of members) await each.kill();
    const left = await serverPid();
    if (left) await stopPostmaster(left);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('share one server when both start for the first time at once, and the last one out stops it', async () => {
    const [one, other] = [member(), member()];
    const [first, second] = await Promise.all([one.ready(), other.ready()]);
    expect(second.pid).toBe(first.pid);
    expect([...one.lines, ...other.lines].filter(({ log }) => log?.startsWith('Making'))).toHaveLength(1);

    await one.release();
    expect(await identityOf(first.pid)).toBeDefined();
    expect(await other.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);

    await other.release();
    expect(await identityOf(first.pid)).toBeUndefined();
    await expect(readFile(first.connection.host)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a killed one neither stops the server under the living nor keeps it from ending with them', async () => {
    await startedBefore();
    const [killed, living] = [member(), member()];
    const { pid } = await killed.ready();
    await living.ready();
    await killed.kill();
    expect(await living.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await living.release();
    expect(await identityOf(pid)).toBeUndefined();
  });

  it('the next one takes up the server of one that was killed', async () => {
    await startedBefore();
    const killed = member();
    const { pid } = await killed.ready();
    await killed.query('CREATE TABLE stones AS SELECT 7 AS id');
    await killed.kill();
    expect(await identityOf(pid)).toBeDefined();

    const next = member();
    expect((await next.ready()).pid).toBe(pid);
    expect(await next.query('SELECT * FROM stones')).toEqual([{ id: 7 }]);
    await next.release();
    expect(await identityOf(pid)).toBeUndefined();
  });

  it('one killed in the middle of the first start leaves nothing in the way', async () => {
    const killed = member();
    await killed.hears('log');
    await killed.kill();
    const next = member();
    await next.ready();
    expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('a server that was killed is started again at the same socket, with everything that was committed', async () => {
    await startedBefore();
    const one = member();
    const before = await one.ready();
    await one.query('CREATE TABLE stones AS SELECT 7 AS id');
    process.kill(before.pid, 'SIGKILL');
    await isGone(before.pid);

    const after = await until(async () => {
      const pid = await serverPid();
      const running = pid !== undefined && pid !== before.pid && (await recordedPostmaster(join(dataDir, 'postgres')))?.status === 'ready';
      return running ? pid : undefined;
    });
    expect(await one.query('SELECT * FROM stones')).toEqual([{ id: 7 }]);
    await one.release();
    expect(await identityOf(after)).toBeUndefined();
  });

  it('starts again after both sides were killed with a query under way', async () => {
    await startedBefore();
    const killed = member();
    const { pid } = await killed.ready();
    await killed.query('CREATE TABLE stones AS SELECT 7 AS id');
    killed.child.stdin?.write('query SELECT pg_sleep(1.5)');
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(pid, 'SIGKILL');
    await killed.kill();

    const next = member();
    await next.ready();
    expect(await next.query('SELECT * FROM stones')).toEqual([{ id: 7 }]);
  });

  it('a Ctrl-C goes to the processes of the terminal and not to the server', async () => {
    await startedBefore();
    const one = member();
    const { pid } = await one.ready();
    const server = await identityOf(pid);
    // The member leads the process group that a terminal would interrupt.
    process.kill(-one.pid, 'SIGINT');
    await one.hears('interrupted');
    expect(await one.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(server && (await isAlive(server))).toBe(true);
    await one.release();
  });
});
