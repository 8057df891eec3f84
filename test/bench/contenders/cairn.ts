import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Codec, type Unplaced } from '@cairn/journal/codec.js';
import { Names } from '@cairn/journal/names.js';
import type { Write, StoredEvent } from '@cairn/kernel/event-store.js';
import type { Connection } from '@cairn/postgres/connection.js';
import { migrate } from '@cairn/postgres/migrate.js';
import type { Keyring } from '@cairn/privacy/keyring.js';
import { supportEvents } from '@cairn/record/support/events.js';
import { faultsIn, type Attempt } from '@cairn/stores/checker.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import type { Databases } from '../place.js';
import type { Contender } from './contender.js';
import { WORKER, type Happening } from './facts.js';
import { Notes } from './notes.js';

/** The store as the journal uses it: command id, fingerprint and event ids made, data sealed under a key of the stream's own. */
export async function cairn(place: Databases): Promise<Contender> {
  const connection = await place.database('cairn_store');
  await migrate(connection, storeMigrations);
  const notes = new Notes();
  return { open: () => opened(connection, notes) };
}

async function opened(connection: Connection, notes: Notes) {
  const store = await PostgresEventStore.open(connection);
  const before = await store.head();
  const encode = encoder();
  return {
    append: async (subject: string, expected: number, happenings: readonly Happening[]) => {
      const write = await encode(subject, expected, happenings);
      notes.note(write, await store.append([write], store.term));
    },
    close: async () => {
      const faults = faultsIn(notes.taken().map((attempt) => since(attempt, before)), (await contentAfter(store, before)).map((event) => ({ ...event, position: event.position - before })), { dense: true });
      await store.close();
      if (faults.length > 0) throw new Error(`The store does not hold what it acknowledged: ${faults.slice(0, 5).join(' ')}`);
    },
  };
}

/** What the journal does to a decision between deciding it and handing it to the store. */
export function encoder(): (subject: string, expected: number, happenings: readonly Happening[]) => Promise<Write> {
  const names = new Names(() => randomBytes(32));
  const keys = new Map<string, KeyObject>();
  // Every key is at hand, so that the keyring is never asked.
  const codec = new Codec(undefined as unknown as Keyring, [supportEvents]);
  return async (subject, expected, happenings) => {
    const stream = `support-${subject}`;
    if (expected < 0) keys.set(subject, createSecretKey(randomBytes(32)));
    const asked = { method: 'PUT', path: `/v1/participants/${subject}/sessions/${expected}/attendance`, body: happenings[0]?.data, actor: WORKER, source: 'api', requestId: '' } as const;
    const [commandId, fingerprint] = [names.commandId(asked), names.fingerprint(asked)];
    const entries = happenings.map((happening, index): Unplaced => {
      const revision = expected + 1 + index;
      return { ...happening, id: names.eventId(stream, revision, commandId, fingerprint), stream, revision, version: 1, commandId, fingerprint };
    });
    return { stream, expected, events: await codec.encode(entries, keys) };
  };
}

function since(attempt: Attempt, before: number): Attempt {
  return attempt.outcome === 'acknowledged' ? { ...attempt, positions: attempt.positions.map((position) => position - before) } : attempt;
}

export async function contentAfter(store: PostgresEventStore, position: number): Promise<StoredEvent[]> {
  const head = await store.head();
  const content: StoredEvent[] = [];
  const done = new AbortController();
  if (head > position)
    for await (const page of store.follow(position, { signal: done.signal })) {
      content.push(...page);
      if ((page.at(-1)?.position ?? 0) >= head) break;
    }
  done.abort();
  return content;
}
