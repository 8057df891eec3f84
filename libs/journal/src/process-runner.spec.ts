import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '@cairn/kernel/envelope.js';
import { StoreUnavailable } from '@cairn/kernel/event-store.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { Journal } from './journal.js';
import type { Process as Rule, Reaction } from './process.js';
import { ProcessCheckpoints } from './process-checkpoints.js';
import { ProcessRunner } from './process-runner.js';
import { endSessions, holdingTheProcesses, SOON_MS, until, type Logged, type Process } from './runner-testing.js';
import { tell, toyHouse, voidEntry, write } from './testing.js';
import { club, clubEvents, diary, diaryEvents, mood, tally, tallyEvents, type DayWritten } from './toy-record.js';

type House = Awaited<ReturnType<typeof toyHouse>>;
const runners: ProcessRunner[] = [];
const logged: Logged[] = [];
const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
const log = { info: at('info'), warn: at('warn'), error: at('error') };

let house: House;
let here: Process;
let there: Process;
beforeEach(async () => {
  house = await toyHouse();
  [here, there] = await Promise.all([house.process('here'), house.process('there')]);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  logged.length = 0;
  await house.close();
});

/** Counts every day written on one stream for all, and everything else that it is told of on none. */
const counting = (also: Partial<Rule> = {}): Rule => ({
  name: 'counting',
  from: 'beginning',
  react: (entry) => (entry.type === 'DayWritten' ? [count(entry)] : []),
  ...also,
});
const count = ({ id, data }: Entry, target = 'all'): Reaction => ({
  target,
  streams: [[tally, target]],
  decide: (transaction, because) => transaction.decide(tally, target, { what: (data as DayWritten).text === 'Unsayable' ? '' : id }, because()),
});

function runnerOf({ journal, pool }: Process, processes: readonly Rule[] = [counting()], also: { journal?: Journal } = {}): ProcessRunner {
  const runner = new ProcessRunner({ journal, pool, processes, log, ...also });
  runners.push(runner);
  return runner;
}

/** The journal, with something about each look that processes take. */
function looking(journal: Journal, around: (look: () => Promise<boolean[]>, works: readonly unknown[]) => Promise<boolean[]>): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'outlook')
        return () => {
          const outlook = target.outlook();
          const look = outlook.rehearse.bind(outlook);
          return Object.assign(outlook, { rehearse: async (works: Parameters<typeof look>[0]) => around(() => look(works), works) });
        };
      return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
    },
  });
}

async function caughtUp(runner: ProcessRunner, { journal, pool }: Process): Promise<void> {
  await until(async () => {
    // Where they stand first: what they recorded in between is then still to be done with.
    const kept = await new ProcessCheckpoints(pool).read();
    const head = await journal.head();
    return runner.status.processes.every(({ name }) => (kept.get(name) ?? 0) >= head);
  });
}

/** The counted facts and their envelopes, and the ids they count. */
async function countedIn({ journal }: Process, target = 'all'): Promise<{ entries: Entry[]; ids: string[] }> {
  const entries = await journal.history([[tally, target]]);
  return { entries, ids: entries.map(({ data }) => (data as { what: string }).what) };
}

const days = (n: number) => Array.from({ length: n }, (_, index) => `day-${index}`);

describe('a process', () => {
  it('is given every entry in order, and acts under its own name because of it', async () => {
    const person = randomUUID();
    const first = await write(here.journal, person, 'mon', 'Rain');
    const runner = runnerOf(here);
    runner.start();
    const second = await write(here.journal, person, 'tue', 'Sun');
    await tell(here.journal, person, 3);
    await caughtUp(runner, here);
    const { entries, ids } = await countedIn(here);
    expect(ids).toEqual([...first.events, ...second.events]);
    const [cause] = await here.journal.history([[diary, person]]);
    expect(entries[0]).toMatchObject({
      actor: { id: 'process:counting', role: 'process' }, source: 'process', causationId: cause?.id, correlationId: 'c1', occurred: { precision: 'minute', zone: 'Europe/London' },
    });
    expect(Date.parse(entries[0]?.occurred.at ?? '')).toBe(Math.floor(Date.parse(cause?.recordedAt ?? '') / 1000) * 1000);
  });

  it('that is new begins where it says', async () => {
    await write(here.journal, randomUUID(), 'mon', 'Rain');
    const later = counting({ name: 'later', from: 'now', react: (entry) => (entry.type === 'DayWritten' ? [count(entry, 'later')] : []) });
    const runner = runnerOf(here, [counting(), later]);
    runner.start();
    await caughtUp(runner, here);
    const { events } = await write(here.journal, randomUUID(), 'mon', 'Rain');
    await caughtUp(runner, here);
    expect((await countedIn(here)).ids).toHaveLength(2);
    expect((await countedIn(here, 'later')).ids).toEqual(events);
    await runner.stop();
    await write(here.journal, randomUUID(), 'mon', 'Rain');
    const again = runnerOf(there, [counting(), later]);
    again.start();
    await caughtUp(again, there);
    expect((await countedIn(there, 'later')).ids).toHaveLength(2);
  });

  it('is not given what it, or another, did', async () => {
    const every = counting({ react: (entry) => [count(entry)] });
    const other = counting({ name: 'other', react: (entry) => [count(entry, 'other')] });
    const runner = runnerOf(here, [every, other]);
    runner.start();
    for (const day of days(5)) await write(here.journal, randomUUID(), day, 'Rain');
    await caughtUp(runner, here);
    await sleep(200);
    await caughtUp(runner, here);
    expect([(await countedIn(here)).ids.length, (await countedIn(here, 'other')).ids.length]).toEqual([5, 5]);
  });

  it('that is refused is told of, without a word of the data, and goes on', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Unsayable');
    const { events } = await write(here.journal, person, 'tue', 'Sun');
    const runner = runnerOf(here);
    runner.start();
    await caughtUp(runner, here);
    expect((await countedIn(here)).ids).toEqual(events);
    expect(runner.status.processes).toMatchObject([{ name: 'counting', refused: 1 }]);
    const told = logged.filter(({ level }) => level === 'warn');
    expect(told).toMatchObject([{ fields: { process: 'counting', position: 1, code: 'nothing-to-count' } }]);
    expect(JSON.stringify(told)).not.toMatch(/Unsayable|Say what/);
  });

  it('of an erased participant does nothing more, and goes on', async () => {
    const [erased, other] = [randomUUID(), randomUUID()];
    const praising: Rule = {
      name: 'praising', from: 'beginning',
      react: ({ type, stream, data }) => (type !== 'DayWritten' ? [] : [{ target: stream, streams: [[diary, stream.slice(6)]], decide: (transaction, because) => transaction.decide(diary, stream.slice(6), { type: 'PraiseDay', day: (data as DayWritten).day }, because()) }]),
    };
    await write(here.journal, erased, 'mon', 'Rain');
    await write(here.journal, other, 'mon', 'Rain');
    await here.keyring.destroy(erased);
    const runner = runnerOf(here, [praising]);
    runner.start();
    await caughtUp(runner, here);
    expect((await here.journal.history([[diary, other]])).map(({ type }) => type)).toEqual(['DayWritten', 'DayPraised']);
    expect((await here.journal.history([[diary, erased]])).map(({ type }) => type)).toEqual(['DayWritten']);
  });

  it('decides on what is, not on what was when its entry came: and on nothing that moves under it', async () => {
    const person = randomUUID();
    // It counts days that stand, and is held up between its look and its record while the day is voided.
    let disturb: (() => Promise<unknown>) | undefined;
    const careful = counting({
      react: (entry) => entry.type !== 'DayWritten' ? [] : [{
        target: 'all',
        streams: [[tally, 'all'], [diary, person]],
        decide: (transaction, because) => {
          const standing = transaction.state(diary, person).days[(entry.data as DayWritten).day];
          if (standing) transaction.decide(tally, 'all', { what: entry.id }, because());
        },
      }],
    });
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    const slow = looking(here.journal, async (look) => {
      const wanted = await look();
      await disturb?.();
      return wanted;
    });
    disturb = async () => {
      disturb = undefined;
      await voidEntry(there.journal, person, events[0] ?? '');
    };
    const runner = runnerOf(here, [careful], { journal: slow });
    runner.start();
    await caughtUp(runner, here);
    expect((await countedIn(here)).ids).toEqual([]);
  });
});

it('all processes look at once at all that came while they were busy, and once at what is the same', async () => {
  const person = randomUUID();
  for (const day of days(20)) await write(here.journal, person, day, 'Rain');
  const looks: number[] = [];
  const journal = looking(here.journal, async (look, works) => {
    looks.push(works.length);
    return look();
  });
  const content = (): Reaction => ({ target: 'content', place: 'content', streams: [[tally, 'content']], decide: () => {} });
  const watching = counting({ name: 'watching', react: () => [content()] });
  const runner = runnerOf(here, [counting(), counting({ name: 'other', react: (entry) => [count(entry, 'other')] }), watching], { journal });
  runner.start();
  await caughtUp(runner, here);
  expect(looks[0]).toBe(20 + 20 + 1);
  for (const day of days(30).slice(20)) await write(here.journal, person, day, 'Rain');
  await caughtUp(runner, here);
  expect(looks.length).toBeLessThanOrEqual(5);
  expect([(await countedIn(here)).ids.length, (await countedIn(here, 'other')).ids.length]).toEqual([30, 30]);
});

describe('exactly once', () => {
  it('holds when the service dies after the record and before the checkpoint', async () => {
    const people = days(6).map(() => randomUUID());
    for (const person of people) await write(here.journal, person, 'mon', 'Rain');
    const runner = runnerOf(here);
    runner.start();
    await caughtUp(runner, here);
    await runner.stop();
    const before = await countedIn(here);
    for (const back of [0, 3, 5]) {
      await signedIn(house.database.connection, (client) => client.query('update process.checkpoint set position = $1', [back]));
      const again = runnerOf(there);
      again.start();
      await caughtUp(again, there);
      await again.stop();
    }
    expect((await countedIn(there)).entries).toEqual(before.entries);
    expect(before.ids).toHaveLength(6);
  });

  it('holds across restarts, lost connections and takeovers at random points, two at once included', async () => {
    const people = days(4).map(() => randomUUID());
    const written: string[] = [];
    let done = false;
    const writing = Promise.all(people.map(async (person) => {
      for (const day of days(30)) written.push(...(await write(here.journal, person, day, 'Words')).events);
    }));
    const [one, two] = [runnerOf(here), runnerOf(there)];
    const disturbing = (async () => {
      for (let n = 0; n < 12 || !done; n++) {
        one.start();
        two.start();
        await sleep(10 + Math.random() * 60);
        if (n % 4 === 0) await endSessions(house, holdingTheProcesses);
        else if (n % 4 === 1) await endSessions(house, `application_name = '${n % 8 === 1 ? 'here' : 'there'}'`);
        else if (n % 4 === 2) await endSessions(house, "application_name = 'cairn log writer'");
        else await Promise.all([one.stop(), two.stop()]);
      }
    })();
    await writing.finally(() => (done = true));
    await disturbing;
    one.start();
    await caughtUp(one, here);
    const { ids } = await countedIn(here);
    expect([...ids].sort()).toEqual([...written].sort());
  });

  it('holds when two run at the same time, which the lease forbids', async () => {
    for (const person of days(10).map(() => randomUUID())) await write(here.journal, person, 'mon', 'Rain');
    const untilBothLooked = both();
    const slow = (process: Process) => counting({ react: async (entry) => {
      if (entry.type !== 'DayWritten') return [];
      await untilBothLooked(process);
      return [count(entry)];
    } });
    const [one, two] = [runnerOf(here, [slow(here)]), runnerOf(there, [slow(there)])];
    one.start();
    await until(() => one.status.active);
    // Its right is lost, but it does not know while it works on the batch; the other takes over meanwhile.
    await endSessions(house, holdingTheProcesses);
    two.start();
    await Promise.all([caughtUp(one, here), caughtUp(two, there)]);
    expect((await countedIn(here)).ids).toHaveLength(10);
    expect(new Set((await countedIn(here)).ids).size).toBe(10);
  });

  /** Lets the first to come go on only once the other has come too. */
  function both(): (process: Process) => Promise<void> {
    const come = new Set<Process>();
    return async (process) => {
      come.add(process);
      await until(() => come.size === 2);
    };
  }
});

describe('one service runs the processes', () => {
  it('and another takes over soon when its connection is lost, or it stops', async () => {
    const [one, two] = [runnerOf(here), runnerOf(there)];
    one.start();
    await until(() => one.status.active);
    two.start();
    await sleep(50);
    expect(two.status.active).toBe(false);
    await one.stop();
    await until(() => two.status.active, SOON_MS);
    await endSessions(house, holdingTheProcesses);
    await until(() => logged.filter(({ message }) => message.includes('runs the processes')).length === 3, SOON_MS);
  });
});

describe('when it cannot go on, a process', () => {
  it('tries again until the store can be reached, then forgets that it had to', async () => {
    let down = 3;
    const { events } = await write(here.journal, randomUUID(), 'mon', 'Rain');
    const runner = runnerOf(here, [counting({ react: (entry) => {
      if (entry.type === 'DayWritten' && down-- > 0) throw new StoreUnavailable('The log cannot be reached.');
      return entry.type === 'DayWritten' ? [count(entry)] : [];
    } })]);
    runner.start();
    await caughtUp(runner, here);
    expect((await countedIn(here)).ids).toEqual(events);
    expect(logged.filter(({ level }) => level === 'warn').map(({ fields }) => (fields as { retryInMs: number }).retryInMs)).toEqual([50, 100, 200]);
    expect(runner.status.processes).toMatchObject([{ refused: 0 }]);
  });

  it('stops at a fault of its own and says where; the others go on, and it goes on from there when it is mended', async () => {
    const person = randomUUID();
    for (const text of ['Rain', 'Poison', 'Sun']) await write(here.journal, person, text, text);
    const poisoned = counting({ name: 'poisoned', react: (entry) => {
      if ((entry.data as DayWritten).text === 'Poison') throw new TypeError('Poison is no word');
      return entry.type === 'DayWritten' ? [count(entry, 'poisoned')] : [];
    } });
    const runner = runnerOf(here, [poisoned, counting()]);
    runner.start();
    await until(() => runner.status.processes.some(({ stopped }) => stopped !== undefined));
    const head = 6;
    await until(() => runner.status.processes[1]?.position === head);
    expect((await countedIn(here)).ids).toHaveLength(3);
    const [{ stopped = '' } = {}] = runner.status.processes;
    expect(stopped).toMatch(/^The process poisoned stopped after position 0: The program failed \(TypeError/);
    expect(JSON.stringify(logged) + stopped).not.toContain('no word');
    await runner.stop();
    const mended = runnerOf(there, [counting({ name: 'poisoned', react: (entry) => (entry.type === 'DayWritten' ? [count(entry, 'poisoned')] : []) }), counting()]);
    mended.start();
    await caughtUp(mended, there);
    expect((await countedIn(there, 'poisoned')).ids).toHaveLength(3);
    expect((await countedIn(there)).ids).toHaveLength(3);
  });

  it('stops before what this release does not know, after all that comes before it', async () => {
    const { events } = await write(here.journal, randomUUID(), 'mon', 'Rain');
    await tell(here.journal, randomUUID(), 3);
    await write(here.journal, randomUUID(), 'tue', 'Sun');
    const older = new Journal(here.store, here.keyring, [diaryEvents, clubEvents, tallyEvents]);
    const runner = runnerOf(here, [counting()], { journal: older });
    runner.start();
    await until(() => runner.status.processes.some(({ stopped }) => stopped !== undefined));
    const { active, processes } = runner.status;
    expect(active).toBe(false);
    expect(processes).toMatchObject([{ position: 1, stopped: expect.stringMatching(/after position 1: .*knows no mood streams/) as string }]);
    expect((await countedIn(here)).ids).toEqual(events);
  });
});

it('what it writes to the streams of others is refused by the rules of those streams', async () => {
  const person = randomUUID();
  await tell(here.journal, person, 2);
  const gloomy: Rule = {
    name: 'gloomy', from: 'beginning',
    react: ({ type }) => type !== 'MoodTold' ? [] : [{
      target: 'all', streams: [[club, 'walkers'], [mood, person]],
      decide: (transaction, because) => {
        transaction.decide(club, 'walkers', { name: 'The Sitters' }, because());
        transaction.decide(mood, person, { score: -1 }, because());
      },
    }],
  };
  const runner = runnerOf(here, [gloomy]);
  runner.start();
  await caughtUp(runner, here);
  expect(await here.journal.history([[club, 'walkers']])).toEqual([]);
  expect(runner.status.processes).toMatchObject([{ refused: 1 }]);
});
