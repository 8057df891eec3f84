import { Temporal } from 'temporal-polyfill';
import type { EntryView } from '@cairn/access/redact.js';
import { exits, Failure } from '../failure.js';
import { ask, isDone, problemOf, wordsOf } from '../http.js';

export interface AnonymousRow {
  readonly kind: string;
  readonly period: string;
  readonly mode: string;
  readonly outcome: string;
  readonly section: string;
}

/** What is shown of `GET /v1/participants/{participant}`. */
interface Summary {
  readonly studyNumber: string | null;
  readonly site: string | null;
  readonly stage: string;
  readonly enrolledOn: string | null;
  readonly outcome: {
    readonly readmission: string;
    readonly day: number | null;
    readonly reason: string;
    readonly spells: readonly { readonly start: string; readonly end: string | null; readonly settings: readonly string[] }[];
  };
  readonly support?: {
    readonly offered: number;
    readonly attended: number;
    readonly planned: number | null;
    readonly lastContact: string | null;
    readonly courses: readonly { readonly course: number; readonly standing: string; readonly ended: string | null; readonly log: string }[];
    readonly byCode: readonly { readonly code: string; readonly meaning: string; readonly sessions: number }[];
  };
  readonly workbook?: { readonly completed: number };
  readonly flags?: readonly { readonly session: string; readonly flags: readonly string[] }[];
}

/** A participant as the service tells of them, in the ways the demonstration shows. */
export interface Look {
  readonly participant: string;
  readonly summary: Summary;
  readonly timeline: readonly EntryView[];
  /** The same history as the record knew it just before its first amendment. */
  readonly before: { readonly knownAt: string; readonly entries: readonly EntryView[] };
  readonly anonymousLog: { readonly rows: readonly AnonymousRow[]; readonly trailer: Readonly<Record<string, unknown>> };
}

interface Reader {
  readonly url: string;
  readonly token: string;
  /** The last entry written: the answers hold it. */
  readonly upTo: string | undefined;
}

/** @throws Failure when the service does not tell one of them */
export async function lookAt(reader: Reader, participant: string, programme: string): Promise<Look> {
  const path = `/v1/participants/${participant}`;
  const summary = (await tell(reader, path)) as Summary;
  const { items: timeline } = (await tell(reader, `${path}/timeline?limit=2000`)) as { items: EntryView[] };
  const { entries } = (await tell(reader, `${path}/history`)) as { entries: EntryView[] };
  const knownAt = momentBefore(entries);
  const before = (await tell(reader, `${path}/replay?knownAt=${encodeURIComponent(knownAt)}`)) as { entries: EntryView[] };
  const log = String(await tell(reader, `/v1/anonymous-log?programme=${programme}`));
  return { participant, summary, timeline, before: { knownAt, entries: before.entries }, anonymousLog: anonymousLogIn(log) };
}

/** The last microsecond in which the record knew nothing of the correction. */
function momentBefore(entries: readonly EntryView[]): string {
  const correction = entries.find(({ type }) => type === 'EntryAmended');
  if (!correction) throw new Failure(exits.refused, 'The history holds no correction, which the demonstration makes.', 'Run it on a data directory of its own: set CAIRN_DATA_DIR for the service and for this.');
  return Temporal.Instant.from(correction.recordedAt).subtract({ microseconds: 1 }).toString();
}

function anonymousLogIn(text: string): Look['anonymousLog'] {
  const lines = text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AnonymousRow | { trailer: Record<string, unknown> });
  const trailer = lines.find((line) => 'trailer' in line)?.trailer ?? {};
  return { rows: lines.filter((line): line is AnonymousRow => !('trailer' in line)), trailer };
}

async function tell({ url, token, upTo }: Reader, path: string): Promise<unknown> {
  const answer = await ask(url, { path, token, ...(upTo !== undefined && { headers: { 'cairn-token': upTo } }) });
  if (isDone(answer)) return answer.body;
  throw new Failure(exits.refused, `The service does not show ${path.split('?', 1)[0] ?? path}: ${wordsOf(problemOf(answer))}`, 'Look at the service’s log.');
}
