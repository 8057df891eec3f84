import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import pino from 'pino';
import { readConfig } from '@cairn/assembly/config.js';
import { migrations } from '@cairn/assembly/migrations.js';
import { openParts, type Parts } from '@cairn/assembly/parts.js';
import { Codec, type Unplaced } from '@cairn/journal/codec.js';
import { Names } from '@cairn/journal/names.js';
import type { Write } from '@cairn/kernel/event-store.js';
import { poolAs, type Connection } from '@cairn/postgres/connection.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import { Keyring } from '@cairn/privacy/keyring.js';
import { catalogues } from '@cairn/record/aspects.js';
import { programme, protocol, site, workbook } from '@cairn/record/programme/examples.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import { startService, type Service } from '../service.js';
import { happening, type Happening } from './contenders/facts.js';
import { urlOf, type Place } from './place.js';

/** A whole record in a database of its own on the bench's server. */
export interface RecordPlace {
  readonly connection: Connection;
  /** The built service on it. */
  service(): Promise<Service>;
  /** All parts in this process. */
  parts(): Promise<Parts>;
  seeder(): Promise<Seeder>;
}

/** Writes histories as the journal would, many at once. */
export interface Seeder {
  /** Participants of about 200 entries each, until the log holds this many. @returns some of them */
  fill(upTo: number): Promise<string[]>;
  /** Participants who have a worker and no visit yet. */
  caseload(count: number): Promise<string[]>;
  /** One participant with a support stream of this length. */
  long(events: number): Promise<string>;
  /** More on a support stream of a participant made before. @returns the events' ids */
  append(participant: string, expected: number, happenings: readonly Happening[]): Promise<string[]>;
  readonly store: PostgresEventStore;
  close(): Promise<void>;
}

const silent: Logger = pino({ level: 'silent' });
const SESSIONS = 65;
const EVERY = 3;
/** Of one stream in one append, which holds no more than 10,000 events. */
const AT_ONCE = 5_000;

/** With the programme that everything in it is about. */
export async function recordAt(place: Place, name: string): Promise<RecordPlace> {
  const connection = await place.database(name);
  await migrate(connection, migrations);
  const env = { DATABASE_URL: urlOf(connection) };
  const config = readConfig({ CAIRN_DATA_DIR: place.dataDir, CAIRN_LOG_LEVEL: 'silent', CAIRN_PORT: '0', ...env });
  const record: RecordPlace = {
    connection,
    service: () => startService({ dataDir: place.dataDir, env: { CAIRN_LOG_LEVEL: 'warn', ...env } }),
    parts: () => openParts(config, silent),
    seeder: () => seederOn(connection, config.keyFile),
  };
  const service = await record.service();
  await prepare(service).finally(() => service.stop());
  return record;
}

async function prepare(service: Service): Promise<void> {
  for (const [path, body] of [['', programme], ['/protocols/1', protocol], ['/workbooks/1', workbook], ['/sites/s1', site]] as const) await put(service, 'investigator', `/v1/programmes/core${path}`, body);
}

async function put({ url, token }: Service, role: Parameters<Service['token']>[0], path: string, body: object): Promise<void> {
  const answer = await fetch(url + path, { method: 'PUT', headers: { authorization: `Bearer ${await token(role)}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

async function seederOn(connection: Connection, keyFile: string): Promise<Seeder> {
  const keys = poolAs(connection, 'cairn_keyring', { max: 3 });
  const keyring = await Keyring.open(keys, await loadKeyEncryptionKey({ file: keyFile, fromEnvironment: undefined, mayCreate: await Keyring.isNew(keys) }));
  const codec = new Codec(keyring, catalogues);
  const names = new Names((label) => keyring.derive(label));
  const store = await PostgresEventStore.open(connection);
  const write = async (stream: string, expected: number, happenings: readonly Happening[]): Promise<Write> => {
    const entries = happenings.map((each, index): Unplaced => {
      const revision = expected + 1 + index;
      const command = { commandId: `seed-${randomUUID().slice(0, 17)}`, fingerprint: `seed-${randomUUID().slice(0, 17)}` };
      return { ...each, ...command, id: names.eventId(stream, revision, command.commandId, ''), stream, revision, version: 1 };
    });
    return { stream, expected, events: await codec.encode(entries) };
  };
  let count = 0;
  const participant = async (sessions: number): Promise<string> => {
    const id = randomUUID();
    const happenings = course(sessions);
    await store.append([await write(`participant-${id}`, -1, registration(++count)), await write(`support-${id}`, -1, happenings.slice(0, AT_ONCE))]);
    for (let from = AT_ONCE; from < happenings.length; from += AT_ONCE) await store.append([await write(`support-${id}`, from - 1, happenings.slice(from, from + AT_ONCE))]);
    return id;
  };
  const participants = async (howMany: number, sessions: number): Promise<string[]> => {
    const made: string[] = [];
    for (let left = howMany; left > 0; left -= 16) made.push(...(await Promise.all(Array.from({ length: Math.min(16, left) }, () => participant(sessions)))));
    return made;
  };
  return {
    store,
    fill: async (upTo) => participants(Math.ceil((upTo - (await store.head())) / (SESSIONS * EVERY + 4)), SESSIONS),
    caseload: (count) => participants(count, 0),
    append: async (participant, expected, happenings) => {
      const written = await write(`support-${participant}`, expected, happenings);
      await store.append([written]);
      return written.events.map(({ id }) => id);
    },
    long: (events) => participant(Math.floor(events / EVERY)),
    close: async () => {
      await store.close();
      await keys.end();
    },
  };
}

function registration(count: number): Happening[] {
  const on = '2025-01-02';
  return [
    happening('ParticipantRegistered', { programme: 'core', site: 's1', studyNumber: `HX-${String(count).padStart(6, '0')}-A` }, on),
    happening('ConsentGiven', { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true }, on),
    happening('Enrolled', { protocolVersion: '1' }, on),
  ];
}

function course(sessions: number): Happening[] {
  const offered = Array.from({ length: sessions }, (_, n) => {
    const session = randomUUID();
    const day = new Date(Date.UTC(2025, 0, 6 + 2 * (n % 150))).toISOString().slice(0, 10);
    const start = `${day}T10:00:00+00:00`;
    return [
      happening('SessionOffered', { session, ordinal: (n % 200) + 1, plannedStart: start, mode: 'in-person', method: 'telephone' }, day),
      happening('OfferAccepted', { session }, day),
      happening('SessionAttended', { session, minutes: 60, mode: 'in-person', plannedMode: 'in-person', place: 'home', worker: 'w1', punctuality: 'on-time' }, start),
    ];
  });
  return [happening('WorkerAssigned', { worker: 'w1' }, '2025-01-02'), ...offered.flat()];
}
