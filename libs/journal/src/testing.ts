import { randomBytes, randomUUID } from 'node:crypto';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { Circumstances, Entry } from '@cairn/kernel/envelope.js';
import type { MergeFact } from '@cairn/kernel/merges.js';
import { poolAs } from '@cairn/postgres/connection.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { KeyEncryptionKey } from '@cairn/privacy/key-encryption-key.js';
import { Keyring } from '@cairn/privacy/keyring.js';
import { privacyMigrations } from '@cairn/privacy/migrations.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';
import type { Asked, Receipt } from './asked.js';
import { Journal } from './journal.js';
import { journalMigrations } from './migrations.js';
import { club, DayRow, diary, LogRow, mood, PersonRow, scribe, toyCatalogues, type DayWritten } from './toy-record.js';

class ToyTables1764000009000 implements MigrationInterface {
  readonly name = 'ToyTables1764000009000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.toy_days (participant uuid, day text, position bigint not null, "order" int, "select" varchar(40), praised boolean not null,
        written_on date, written_at timestamptz, weight float8, said jsonb, primary key (participant, day));
      create table read.toy_people (participant uuid primary key, position bigint not null, told int not null, erased int not null, mood int,
        words_by_day jsonb not null, days jsonb not null, lives_under uuid, merged jsonb not null);
      create table read.toy_log (position bigint primary key, event uuid not null, stream text not null, correction boolean not null)`);
  }
  down(): Promise<void> {
    return Promise.reject(new Error('Drop the database.'));
  }
}

/** A database with all that the journal and the runner need, and processes that work on it. */
export async function toyHouse() {
  const database = await freshDatabase([...storeMigrations, ...privacyMigrations, ...journalMigrations, ToyTables1764000009000]);
  const secret = randomBytes(32);
  const processes: { close(): Promise<void> }[] = [];
  return {
    database,
    /** As one more process would be: its own store, keyring, pools and caches. */
    async process(applicationName = 'cairn') {
      const keys = poolAs(database.connection, 'cairn_keyring', { max: 4 });
      const pool = poolAs(database.connection, 'cairn_service', { max: 6, applicationName, pipeline: true });
      const keyring = await Keyring.open(keys, new KeyEncryptionKey(secret, 'the key of this spec'));
      const store = await PostgresEventStore.open(database.connection);
      const { host, port, user, password, database: name } = database.connection;
      const dataSource = await new DataSource({
        type: 'postgres', host, port, username: user, database: name, entities: [DayRow, PersonRow, LogRow],
        ...(password !== undefined && { password }), extra: { max: 1, options: '-c role=cairn_service' },
      }).initialize();
      const journal = new Journal(store, keyring, toyCatalogues);
      const close = async () => {
        await store.close();
        await dataSource.destroy();
        await Promise.all([pool.end(), keys.end()]);
      };
      processes.push({ close });
      return { journal, store, keyring, pool, dataSource };
    },
    async close() {
      await Promise.all(processes.map((each) => each.close()));
      await database.drop();
    },
  };
}

export const circumstances = (): Circumstances => ({
  occurred: { at: '2026-01-05T09:30:00+00:00', precision: 'minute', zone: 'Europe/London' },
  actor: { id: 'w1', role: 'worker', site: 's1' },
  source: 'api',
  correlationId: 'c1',
});

export function asked(path: string, body: unknown, also: Partial<Asked> = {}): Asked {
  return { method: 'PUT', path, body, actor: circumstances().actor, source: 'api', requestId: randomUUID(), ...also };
}

export function write(journal: Journal, person: string, day: string, text: string, also: Partial<Asked> = {}): Promise<Receipt> {
  return journal.transact(asked(`/people/${person}/days/${day}`, { text }, also), {
    streams: [[diary, person]],
    decide: (transaction) => transaction.decide(diary, person, { type: 'WriteDay', day, text }, circumstances()),
  });
}

export function praise(journal: Journal, person: string, day: string): Promise<Receipt> {
  return journal.transact(asked(`/people/${person}/days/${day}/praise`, {}), {
    streams: [[diary, person]],
    decide: (transaction) => transaction.decide(diary, person, { type: 'PraiseDay', day }, circumstances()),
  });
}

export function tell(journal: Journal, person: string, score: number, also: Partial<Asked> = {}): Promise<Receipt> {
  return journal.transact(asked(`/people/${person}/mood`, { score }, also), {
    streams: [[mood, person]],
    decide: (transaction) => transaction.decide(mood, person, { score }, circumstances()),
  });
}

export function nameClub(journal: Journal, name: string): Promise<Receipt> {
  return journal.transact(asked('/clubs/walkers', { name }), {
    streams: [[club, 'walkers']],
    decide: (transaction) => transaction.decide(club, 'walkers', { name }, circumstances()),
  });
}

export function voidEntry(journal: Journal, person: string, entry: string): Promise<Receipt> {
  return journal.transact(asked(`/entries/${entry}/void`, { why: 'duplicate' }), {
    streams: [[diary, person]],
    decide: (transaction) => transaction.correct(diary, person, { type: 'VoidEntry', entry, why: 'duplicate' }, circumstances()),
  });
}

export function amendEntry(journal: Journal, person: string, entry: string, data: DayWritten): Promise<Receipt> {
  return journal.transact(asked(`/entries/${entry}/amend`, { data }), {
    streams: [[diary, person]],
    decide: (transaction) => transaction.correct(diary, person, { type: 'AmendEntry', entry, data }, circumstances()),
  });
}

/** A merge, or its end, on both diaries at once, as whoever decides such things leaves it. */
export function merge(journal: Journal, kept: string, merged: string, type: MergeFact['type'] = 'ParticipantsMerged'): Promise<Receipt> {
  return journal.transact(asked(`/people/${kept}/merges/${merged}/${type}/${randomUUID()}`, {}), {
    streams: [[scribe, kept], [scribe, merged]],
    decide: (transaction) => {
      for (const person of [kept, merged]) transaction.decide(scribe, person, { type, data: { kept, merged } }, circumstances());
    },
  });
}

/** A day given to the one whose it was, from the one under whom it was written. */
export function give(journal: Journal, from: string, to: string, { id: entry, type, version, data, occurred, actor }: Entry): Promise<Receipt> {
  return journal.transact(asked(`/entries/${entry}/from/${from}/to/${to}`, {}), {
    streams: [[scribe, from], [scribe, to]],
    decide: (transaction) => {
      transaction.decide(scribe, from, { type: 'EntryReattributed', data: { entry, from, to } }, circumstances());
      transaction.decide(scribe, to, { type: 'EntryReattributed', data: { entry, from, to, carried: { type, version, data, occurred, actor } } }, circumstances());
    },
  });
}
