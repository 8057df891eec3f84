import { randomUUID } from 'node:crypto';
import { signedIn } from '@cairn/postgres/connection.js';
import { Refused } from '@cairn/kernel/refused.js';
import { KeyReused, Stale, type Asked, type Receipt } from './asked.js';
import type { Journal } from './journal.js';
import type { States } from './states.js';
import { StreamView } from './stream-view.js';
import { amendEntry, asked, circumstances, give, nameClub, praise, tell, toyHouse, voidEntry, write } from './testing.js';
import { club, diary, mood } from './toy-record.js';

let house: Awaited<ReturnType<typeof toyHouse>>;
let here: Awaited<ReturnType<typeof house.process>>;
let there: typeof here;
beforeAll(async () => {
  house = await toyHouse();
  [here, there] = await Promise.all([house.process(), house.process()]);
});
afterAll(() => house.close());

const refused = (code: string) => expect.objectContaining({ code });

describe('the same command twice', () => {
  it('at once, in one process and in two, records one event and answers with one receipt', async () => {
    for (const also of [{}, { idempotencyKey: 'k1' }]) {
      const person = randomUUID();
      const receipts = await Promise.all([here, there, here, there, here].map(({ journal }) => write(journal, person, 'mon', 'A long walk', also)));
      expect(new Set(receipts.map(({ events, etag }) => JSON.stringify({ events, etag }))).size).toBe(1);
      expect(receipts[0]?.events).toHaveLength(1);
      expect(await here.journal.history([[diary, person]])).toHaveLength(1);
    }
  });

  it('answers with the first receipt after a restart, and after others wrote', async () => {
    const person = randomUUID();
    const first = await write(here.journal, person, 'mon', 'Rain', { idempotencyKey: 'k' });
    const plain = await write(here.journal, person, 'tue', 'Sun');
    await praise(here.journal, person, 'mon');
    const { journal } = await house.process();
    expect(await write(journal, person, 'mon', 'Rain', { idempotencyKey: 'k' })).toEqual({ ...first, repeated: true });
    expect(await write(journal, person, 'tue', 'Sun')).toEqual({ ...plain, repeated: true });
    expect(await journal.history([[diary, person]])).toHaveLength(3);
  });

  it('after what it recorded was corrected, answers with the first receipt and records nothing, where it says when it happened', async () => {
    const [person, other] = [randomUUID(), randomUUID()];
    const voided = await write(here.journal, person, 'mon', 'Rain', { dated: true });
    const given = await write(here.journal, person, 'tue', 'Sun', { dated: true });
    await voidEntry(here.journal, person, voided.events[0] ?? '');
    const entry = (await here.journal.history([[diary, person]])).find(({ id }) => id === given.events[0]);
    if (entry) await give(here.journal, person, other, entry);
    expect(await write(there.journal, person, 'mon', 'Rain', { dated: true })).toEqual({ ...voided, repeated: true });
    expect(await write(there.journal, person, 'tue', 'Sun', { dated: true })).toEqual({ ...given, repeated: true });
    expect((await here.journal.state(diary, person)).days).toEqual({});
    const key = { dated: true as const, idempotencyKey: 'told anew' };
    const anew = await write(here.journal, person, 'mon', 'Rain', key);
    expect(anew.events).not.toEqual(voided.events);
    expect(Object.keys((await here.journal.state(diary, person)).days)).toEqual(['mon']);
    await voidEntry(here.journal, person, anew.events[0] ?? '');
    expect(await write(there.journal, person, 'mon', 'Rain', key)).toEqual({ ...anew, repeated: true });
    expect((await here.journal.state(diary, person)).days).toEqual({});
  });

  it('after what it recorded was voided is a new wish, where it does not say when', async () => {
    const person = randomUUID();
    const first = await write(here.journal, person, 'mon', 'Rain');
    await voidEntry(here.journal, person, first.events[0] ?? '');
    expect((await write(there.journal, person, 'mon', 'Rain')).repeated).toBeUndefined();
    expect(Object.keys((await here.journal.state(diary, person)).days)).toEqual(['mon']);
  });

  it('under one Idempotency-Key with another body is refused; under another actor it is another key', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain', { idempotencyKey: 'k' });
    await expect(write(there.journal, person, 'mon', 'Snow', { idempotencyKey: 'k' })).rejects.toThrow(KeyReused);
    const other = { idempotencyKey: 'k', actor: { id: 'w2', role: 'worker' } };
    await expect(write(there.journal, person, 'mon', 'Snow', other)).rejects.toEqual(refused('already-recorded'));
  });

  it('with other facts on the same resource is refused by the domain', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    await expect(write(there.journal, person, 'mon', 'Snow')).rejects.toThrow(Refused);
  });
});

describe('what a caller’s access rests on', () => {
  /** Whoever is here may write until the club is named. */
  const standing = (id: string) => ({
    streams: [[club, id] as const],
    admit: (states: States) => {
      if (states.state(club, id) !== '') throw new Refused('gone', 'The club has a name.');
    },
  });

  it('is judged before anything is told, and again when it moves while the request is decided: nothing is recorded then', async () => {
    const person = randomUUID();
    const id = `c${person}`;
    let decided = 0;
    const writing = here.journal.transact(asked('/people/p/days/mon', {}, { standing: standing(id) }), {
      streams: [[diary, person]],
      decide: async (transaction) => {
        if (decided++ === 0) await name(there.journal, id);
        transaction.decide(diary, person, { type: 'WriteDay', day: 'mon', text: 'Rain' }, circumstances());
      },
    });
    await expect(writing).rejects.toEqual(refused('gone'));
    expect(decided).toBe(1);
    expect(await here.journal.history([[diary, person]])).toEqual([]);
    await expect(write(here.journal, person, 'mon', 'Rain', { standing: standing(id) })).rejects.toEqual(refused('gone'));
    await expect(write(here.journal, person, 'mon', 'Rain', { standing: standing(`${id}-other`) })).resolves.toMatchObject({ events: [expect.any(String)] });
  });

  function name(journal: Journal, id: string): Promise<Receipt> {
    return journal.transact(asked(`/clubs/${id}`, {}), { streams: [[club, id]], decide: (transaction) => transaction.decide(club, id, { name: 'Walkers' }, circumstances()) });
  }
});

describe('If-Match', () => {
  it('lets a write through where the stream stands, and refuses it elsewhere before anything is decided', async () => {
    const person = randomUUID();
    const { etag } = await write(here.journal, person, 'mon', 'Rain');
    expect(there.journal.etag([diary, person], await there.journal.history([[diary, person]]))).toBe(etag);
    await write(there.journal, person, 'tue', 'Sun', { ifMatch: etag });
    let decided = 0;
    const stale = here.journal.transact(asked('/x', {}, { ifMatch: etag }), { streams: [[diary, person]], decide: () => { decided++; } });
    await expect(stale).rejects.toThrow(Stale);
    expect(decided).toBe(0);
  });

  it('that asks for anything at all is met by what is there, and decided again when the race is lost', async () => {
    const person = randomUUID();
    await expect(write(here.journal, person, 'mon', 'Rain', { ifMatch: '*' })).rejects.toThrow(Stale);
    await write(here.journal, person, 'mon', 'Rain');
    let decided = 0;
    const raced = here.journal.transact(asked('/days/tue', {}, { ifMatch: '*' }), {
      streams: [[diary, person]],
      decide: async (transaction) => {
        transaction.decide(diary, person, { type: 'WriteDay', day: 'tue', text: 'Mine' }, circumstances());
        if (decided++ === 0) await write(there.journal, person, 'wed', 'Theirs');
      },
    });
    await expect(raced).resolves.toMatchObject({ events: [expect.any(String)] });
    expect([decided, Object.keys((await here.journal.state(diary, person)).days)]).toEqual([2, ['mon', 'wed', 'tue']]);
  });

  it('is never decided again when the race is lost between reading and writing', async () => {
    const person = randomUUID();
    const { etag } = await write(here.journal, person, 'mon', 'Rain');
    let decided = 0;
    const lost = here.journal.transact(asked('/days/tue', {}, { ifMatch: etag }), {
      streams: [[diary, person]],
      decide: async (transaction) => {
        decided++;
        transaction.decide(diary, person, { type: 'WriteDay', day: 'tue', text: 'Mine' }, circumstances());
        await write(there.journal, person, 'wed', 'Theirs');
      },
    });
    await expect(lost).rejects.toThrow(Stale);
    expect(decided).toBe(1);
    expect(Object.keys((await here.journal.state(diary, person)).days)).toEqual(['mon', 'wed']);
  });
});

describe('a race lost', () => {
  it('is decided again on the newer state', async () => {
    const person = randomUUID();
    const seen: string[][] = [];
    await here.journal.transact(asked('/days/tue', {}), {
      streams: [[diary, person]],
      decide: async (transaction) => {
        seen.push(Object.keys(transaction.state(diary, person).days));
        transaction.decide(diary, person, { type: 'WriteDay', day: 'tue', text: 'Mine' }, circumstances());
        if (seen.length === 1) await write(there.journal, person, 'wed', 'Theirs');
      },
    });
    expect(seen).toEqual([[], ['wed']]);
    expect(Object.keys((await there.journal.state(diary, person)).days)).toEqual(['wed', 'tue']);
  });

  it('lets every one of many writers of one stream through, once', async () => {
    const person = randomUUID();
    const texts = Array.from({ length: 8 }, (_, n) => `day-${n}`);
    const receipts = await Promise.all(texts.map((day, n) => write((n % 2 ? here : there).journal, person, day, 'Busy')));
    const ids = (await here.journal.history([[diary, person]])).map(({ id }) => id);
    expect([...ids].sort()).toEqual(receipts.flatMap(({ events }) => events).sort());
  });
});

describe('many requests on one stream at once', () => {
  it('lose no more than one race each: then they go one after the other', async () => {
    const person = randomUUID();
    let decided = 0;
    const days = Array.from({ length: 24 }, (_, n) => `day-${n}`);
    await Promise.all(
      days.map((day) =>
        here.journal.transact(asked(`/days/${day}`, {}), {
          streams: [[diary, person]],
          decide: (transaction) => {
            decided++;
            transaction.decide(diary, person, { type: 'WriteDay', day, text: 'Busy' }, circumstances());
          },
        }),
      ),
    );
    expect(Object.keys((await here.journal.state(diary, person)).days)).toHaveLength(days.length);
    expect(decided).toBeLessThan(2 * days.length);
  });
});

describe('a request about several streams', () => {
  const both = (person: string, score: number, meanwhile?: () => Promise<unknown>, also: Partial<Asked> = {}) =>
    here.journal.transact(asked(`/visits/${person}`, { score }, also), {
      streams: [
        [diary, person],
        [mood, person],
      ],
      decide: async (transaction) => {
        transaction.decide(diary, person, { type: 'WriteDay', day: 'mon', text: 'Both' }, circumstances());
        transaction.decide(mood, person, { score }, circumstances());
        await meanwhile?.();
      },
    });

  it('is recorded on all or on none', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await expect(both(one, -1)).rejects.toEqual(refused('mood-impossible'));
    expect(await here.journal.history([[diary, one]])).toEqual([]);
    const receipt = await both(other, 5);
    expect(receipt.events).toHaveLength(2);
    expect(await both(other, 5)).toEqual({ ...receipt, repeated: true });
    expect(receipt.etag).toBe(here.journal.etag([diary, other], await here.journal.history([[diary, other]])));
  });

  it('dated, and corrected on one of them, is on a repeat recorded on none', async () => {
    const person = randomUUID();
    const receipt = await both(person, 5, undefined, { dated: true });
    await voidEntry(here.journal, person, receipt.events[0] ?? '');
    expect(await both(person, 5, undefined, { dated: true })).toEqual({ ...receipt, repeated: true });
    expect((await here.journal.state(diary, person)).days).toEqual({});
  });

  it('is recorded on none when only one of them moved', async () => {
    const person = randomUUID();
    let moved = false;
    const meanwhile = async () => {
      if (moved) throw new Refused('enough', 'The second attempt stops here.');
      moved = true;
      await tell(there.journal, person, 3);
    };
    await expect(both(person, 5, meanwhile)).rejects.toEqual(refused('enough'));
    expect(await here.journal.history([[diary, person]])).toEqual([]);
    expect(await here.journal.state(mood, person)).toBe(3);
  });

  it('that only checks another stream is refused when that one moved', async () => {
    const person = randomUUID();
    await tell(here.journal, person, 1);
    let attempts = 0;
    const checking = here.journal.transact(asked('/days/mon', {}), {
      streams: [
        [diary, person],
        [mood, person],
      ],
      decide: async (transaction) => {
        if (transaction.state(mood, person) !== 1) throw new Refused('too-moody', 'The mood is not 1.');
        transaction.check(mood, person);
        transaction.decide(diary, person, { type: 'WriteDay', day: 'mon', text: 'Calm' }, circumstances());
        if (attempts++ === 0) await tell(there.journal, person, 2);
      },
    });
    await expect(checking).rejects.toEqual(refused('too-moody'));
    expect(attempts).toBe(1);
    expect(await here.journal.history([[diary, person]])).toEqual([]);
  });
});

describe('what lies in the database', () => {
  it('shows nothing of what is about a participant, and all of what is about a programme', async () => {
    const person = randomUUID();
    await here.journal.transact(asked('/days/secret-day', {}), {
      streams: [[diary, person]],
      decide: (transaction) =>
        transaction.decide(diary, person, { type: 'WriteDay', day: 'secret-day', text: 'Secret words' }, {
          ...circumstances(),
          occurred: { at: '1999-03-04', precision: 'date', zone: 'Europe/Lisbon' },
          reason: { code: 'recorded-late', text: 'secret reason' },
        }),
    });
    await nameClub(here.journal, 'The Walkers');
    const raw = await signedIn(house.database.connection, (client) => client.query<{ raw: string }>('select row_to_json(events)::text as raw from log.events'));
    const all = raw.rows.map((row) => row.raw).join('\n');
    expect(all).toContain(`diary-${person}`);
    expect(all).toContain('The Walkers');
    expect(all).not.toMatch(/secret|1999-03-04|Lisbon|recorded-late/i);
    const [entry] = await there.journal.history([[diary, person]]);
    expect(entry).toMatchObject({ occurred: { at: '1999-03-04' }, reason: { text: 'secret reason' }, data: { text: 'Secret words' } });
  });
});

describe('an erased participant', () => {
  it('is read as erased entries, in a process that had them open too, and takes no more', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    await here.journal.history([[diary, person]]);
    await there.keyring.destroy(person);
    for (const { journal } of [here, there, await house.process()]) {
      const [entry] = await journal.history([[diary, person]]);
      expect(entry).toMatchObject({ type: 'DayWritten', erased: true, data: {}, occurred: { precision: 'unknown' } });
      expect(await journal.state(diary, person)).toEqual(diary.initial);
    }
    await expect(write(here.journal, person, 'tue', 'Sun')).rejects.toThrow('erased');
  });

  it('is not taken for erased while older entries are still held open', async () => {
    const person = randomUUID();
    await write(here.journal, person, 'mon', 'Rain');
    const [entry] = await here.journal.history([[diary, person]]);
    if (!entry) throw new Error('Nothing was recorded.');
    const view = StreamView.empty(entry.stream).extend([entry, { ...entry, revision: 1, data: {}, erased: true }]);
    expect([view.erased, StreamView.empty(entry.stream).extend([{ ...entry, data: {}, erased: true }]).erased]).toEqual([false, true]);
  });
});

describe('a correction', () => {
  it('makes the cached state new, here and in other processes', async () => {
    const person = randomUUID();
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    const entry = events[0] ?? '';
    const textOf = async ({ journal }: typeof here) => (await journal.state(diary, person)).days['mon']?.data.text;
    expect([await textOf(here), await textOf(there)]).toEqual(['Rain', 'Rain']);
    await amendEntry(here.journal, person, entry, { day: 'mon', text: 'Heavy rain', words: 2 });
    expect([await textOf(here), await textOf(there)]).toEqual(['Heavy rain', 'Heavy rain']);
    await voidEntry(there.journal, person, entry);
    expect([await textOf(here), await textOf(there)]).toEqual([undefined, undefined]);
  });

  it('is refused where what remains would not hold, and is decided on what others just did', async () => {
    const person = randomUUID();
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    await praise(there.journal, person, 'mon');
    await expect(voidEntry(here.journal, person, events[0] ?? '')).rejects.toEqual(refused('day-praised'));
  });
});

it('refuses a program whose catalogues do not know a stream', async () => {
  await nameClub(here.journal, 'Known');
  expect(await there.journal.state(club, 'walkers')).toBe('Known');
  const unknown = { events: { stream: 'unheard-of' } };
  await expect(here.journal.history([[unknown, 'x']])).rejects.toThrow('knows no unheard streams');
});
