import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Entry } from '@cairn/kernel/envelope.js';
import { KeyDestroyed } from '@cairn/privacy/keyring.js';
import type { Receipt } from './asked.js';
import { club, diary, mood } from './toy-record.js';
import { amendEntry, asked, circumstances, merge, praise, tell, toyHouse, voidEntry, write } from './testing.js';

let house: Awaited<ReturnType<typeof toyHouse>>;
let here: Awaited<ReturnType<typeof house.process>>;
let there: typeof here;
beforeAll(async () => {
  house = await toyHouse();
  [here, there] = await Promise.all([house.process(), house.process()]);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => house.close());

const refused = (code: string) => expect.objectContaining({ code });
const reads = () => jest.spyOn(here.store, 'read');

/** What both make of the same streams, one of them having written them. */
async function agree(person: string): Promise<void> {
  expect(await here.journal.state(diary, person)).toEqual(await there.journal.state(diary, person));
  expect(await here.journal.state(mood, person)).toEqual(await there.journal.state(mood, person));
  const streams = [[diary, person], [mood, person]] as const;
  expect(await here.journal.history(streams)).toStrictEqual(await there.journal.history(streams));
}

/** A new day, on which a person writes what their club is called. */
function join(person: string, id: string): Promise<Receipt> {
  return here.journal.transact(asked(`/people/${person}/days/${randomUUID()}`, {}), {
    streams: [[diary, person], [club, id]],
    decide: (transaction) => transaction.decide(diary, person, { type: 'WriteDay', day: randomUUID(), text: transaction.state(club, id) }, circumstances()),
  });
}

function name({ journal }: typeof here, id: string, called: string): Promise<Receipt> {
  return journal.transact(asked(`/clubs/${id}`, { called }), { streams: [[club, id]], decide: (transaction) => transaction.decide(club, id, { name: called }, circumstances()) });
}

describe('what this process has seen of a stream', () => {
  it('is enough to record more on it: nothing is read before', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    const read = reads();
    for (const day of ['tue', 'wed', 'thu']) await write(here.journal, person, day, 'Sun');
    await praise(here.journal, person, 'wed');
    expect(read).not.toHaveBeenCalled();
    await agree(person);
  });

  it('and of one whose history was asked for, goes on with what is recorded, as the log tells it', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    await here.journal.history([[diary, person]]);
    await write(here.journal, person, 'tue', 'Sun');
    await agree(person);
  });

  it('is not enough once others have recorded something there: it is decided again on that', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    await write(there.journal, person, 'tue', 'Sun');
    await expect(write(here.journal, person, 'tue', 'Snow')).rejects.toEqual(refused('already-recorded'));
    await write(there.journal, person, 'wed', 'Sun');
    await expect(praise(here.journal, person, 'wed')).resolves.toMatchObject({ events: [expect.any(String)] });
    await agree(person);
  });

  it('does not refuse, nor repeat, what has become right by others', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    const first = await write(there.journal, person, 'tue', 'Sun', { idempotencyKey: 'k' });
    expect(await write(here.journal, person, 'tue', 'Sun', { idempotencyKey: 'k' })).toEqual({ ...first, repeated: true });
    await expect(praise(here.journal, person, 'wed')).rejects.toThrow();
    await write(there.journal, person, 'wed', 'Fog');
    await praise(here.journal, person, 'wed');
    await agree(person);
  });

  it('does not answer for what another process recorded just so, and took back', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    const { events: [first = ''] } = await write(there.journal, person, 'tue', 'Sun');
    await voidEntry(there.journal, person, first);
    const { events: [anew = ''] } = await write(here.journal, person, 'tue', 'Sun');
    expect(anew).not.toBe(first);
    expect((await there.journal.history([[diary, person]])).at(-1)).toMatchObject({ id: anew, data: { day: 'tue', text: 'Sun' } });
    await agree(person);
  });

  it('holds for every stream that was read, also where nothing is recorded on it', async () => {
    const [person, id] = [randomUUID(), `c${randomUUID()}`];
    await join(person, id);
    await name(there, id, 'Walkers');
    await join(person, id);
    expect((await there.journal.history([[diary, person]])).map(({ data }) => (data as { text: string }).text)).toEqual(['', 'Walkers']);
  });

  it.each([
    ['moved on', (id: string) => name(there, id, 'Walkers')],
    ['is written to by several at once', async (id: string) => Promise.all(['Walkers', 'Runners', 'Swimmers'].map((called) => name(here, id, called)))],
  ])('that %s makes none of the many wait for another who only lean on it', async (_, disturb) => {
    const [id, people] = [`c${randomUUID()}`, Array.from({ length: 8 }, () => randomUUID())];
    for (const person of people) await join(person, id);
    let [underWay, most] = [0, 0];
    const append = here.store.append.bind(here.store);
    jest.spyOn(here.store, 'append').mockImplementation(async (writes, term) => {
      most = Math.max(most, (underWay += 1));
      return append(writes, term).finally(() => (underWay -= 1));
    });
    const disturbed = disturb(id);
    await Promise.all(
      people.map(async (person) => {
        for (let n = 0; n < 8; n++) await join(person, id);
        await disturbed;
        most = 0;
        for (let n = 0; n < 4; n++) await join(person, id);
      }),
    );
    expect(most).toBeGreaterThan(1);
  });

  it('is read again whole where a history is asked for', async () => {
    const person = randomUUID();
    const { events: [first = ''] } = await write(here.journal, person, 'mon', 'Rain');
    await write(here.journal, person, 'tue', 'Sun');
    await amendEntry(here.journal, person, first, { day: 'mon', text: 'Hail', words: 1 });
    await tell(here.journal, person, 3);
    expect((await here.journal.state(diary, person)).days['mon']?.data.text).toBe('Hail');
    await agree(person);
  });

  it('is nothing where a person has other registrations: those are asked each time', async () => {
    const [kept, merged] = [randomUUID(), randomUUID()];
    await write(here.journal, kept, 'mon', 'Rain');
    await write(here.journal, merged, 'tue', 'Sun');
    await merge(here.journal, kept, merged);
    await write(here.journal, kept, 'wed', 'Sun');
    await write(there.journal, merged, 'thu', 'Fog');
    await expect(write(here.journal, kept, 'thu', 'Snow')).rejects.toEqual(refused('already-recorded'));
    await agree(kept);
  });

  it('is nothing once the key is gone', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    await write(here.journal, person, 'tue', 'Sun');
    await there.keyring.destroy(person);
    await expect(write(here.journal, person, 'wed', 'Fog')).rejects.toThrow(KeyDestroyed);
    expect((await here.journal.history([[diary, person]])).map(({ erased }) => erased)).toEqual([true, true]);
  });

  it('is enough to seal what is recorded, until anybody\'s key is destroyed: then they are asked for anew, once', async () => {
    const [person, other, gone] = [randomUUID(), randomUUID(), randomUUID()];
    for (const each of [person, other, gone]) for (const day of ['mon', 'tue']) await write(here.journal, each, day, 'Rain');
    const asks = jest.spyOn(here.keyring, 'keysFor');
    const asksOn = async (each: string, day: string) => {
      asks.mockClear();
      await write(here.journal, each, day, 'Sun');
      return asks.mock.calls.length > 0;
    };
    expect(await asksOn(person, 'wed')).toBe(false);
    await there.keyring.destroy(gone);
    // The log refuses the first of them; of the second it is known by then that the term is over.
    for (const each of [person, other]) expect([await asksOn(each, 'thu'), await asksOn(each, 'fri')]).toEqual([true, false]);
    await agree(person);
    await expect(write(here.journal, gone, 'wed', 'Fog')).rejects.toThrow(KeyDestroyed);
  });

  it('and sealed already when the key is destroyed, is not taken', async () => {
    const person = randomUUID();
    for (const day of ['mon', 'tue']) await write(here.journal, person, day, 'Rain');
    const append = here.store.append.bind(here.store);
    jest.spyOn(here.store, 'append').mockImplementationOnce(async (writes, term) => {
      await there.keyring.destroy(person);
      return append(writes, term);
    });
    await expect(write(here.journal, person, 'wed', 'Fog')).rejects.toThrow(KeyDestroyed);
    expect(await here.journal.history([[diary, person]])).toHaveLength(2);
  });

  it.each(['cairn_keyring', 'cairn_owner'] as const)('is nothing once the key is gone, whoever made it go: %s by hand', async (role) => {
    const person = randomUUID();
    for (const day of ['mon', 'tue']) await write(here.journal, person, day, 'Rain');
    await house.database.pool(role).query('update keyring.keys set wrapped = null, destroyed_at = now() where participant = $1', [person]);
    await expect(write(here.journal, person, 'wed', 'Fog')).rejects.toThrow(KeyDestroyed);
  });

  it('told by two at once is that of the one the log took', async () => {
    for (let n = 0; n < 5; n++) {
      const person = randomUUID();
      await Promise.all([here, there].map(({ journal }) => write(journal, person, 'mon', 'Rain')));
      await Promise.all([here, there].map(({ journal }, index) => write(journal, person, 'tue', 'Sun', { requestId: `r${index}` })));
      await agree(person);
    }
  });
});

describe('what is recorded', () => {
  it('is opened once for all who follow the log', async () => {
    const head = await here.journal.head();
    await write(here.journal, randomUUID(), 'mon', 'Rain');
    const stop = new AbortController();
    const following = () => here.journal.follow(head, { signal: stop.signal, batch: 10 })[Symbol.asyncIterator]();
    const [first, second] = [await following().next(), await following().next()] as { value: Entry[] }[];
    expect(first?.value).toHaveLength(1);
    expect(second?.value[0]).toBe(first?.value[0]);
    stop.abort();
  });
});
