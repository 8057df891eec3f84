import { createHash } from 'node:crypto';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { canonical } from '@cairn/kernel/same.js';
import { nameOf } from '@cairn/journal/cells.js';
import type { Derive } from '@cairn/journal/mac.js';
import { positionIn, positionToken } from '@cairn/journal/positions.js';
import type { ReadModelsOptions } from '@cairn/journal/read-models.js';
import { Shadow } from '@cairn/journal/shadow.js';
import type { Connection } from '@cairn/postgres/connection.js';
import { codebook, codebookCsv } from './codebook.js';
import { csvOf } from './csv.js';
import { sqlOf, type View } from './declared.js';
import { differenceFiles, remember } from './difference.js';
import { viewsVersion } from './install.js';
import { FORMAT, manifestText, type Manifest } from './manifest.js';
import { ParquetFile } from './parquet.js';
import { padsOf, releaseId } from './release.js';
import { inOrder, isOpen, knownAt, peopleIn, rowsOver, type Rows } from './rows.js';
import { views } from './views.js';

export interface CutHouse {
  readonly connection: Connection;
  readonly readModels: ReadModelsOptions;
  readonly derive: Derive;
  readonly catalogues: readonly Catalogue[];
  /** Of the program. */
  readonly version: string;
}

export interface CutWanted {
  readonly name: string;
  readonly programme: string;
  /** A token of an earlier manifest; the end of the log when left out. */
  readonly position?: string | undefined;
  /** The cut to tell the difference from. */
  readonly since?: Pick<Manifest, 'name' | 'release' | 'position'> | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Cut {
  readonly manifest: Manifest;
  /** The manifest itself is among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Whose rows are in it. */
  readonly participants: readonly string[];
}

/** The cut that was asked for cannot be made: `code` is stable. */
export class CutRefused extends Error {
  constructor(
    readonly code: 'programme-unknown' | 'position-unknown' | 'cuts-unrelated',
    message: string,
  ) {
    super(message);
  }
}

/**
 * One dataset at one position of the log: the views of one programme, over read models folded anew up to there. The same name and position
 * give the same bytes, whatever was recorded since, until a participant in it is erased.
 *
 * @throws CutRefused
 * @throws UnreadableEvent, SealBroken, FoldFailed at what cannot be read or folded
 */
export async function cut(house: CutHouse, { name, programme, position: token, since, onProgress }: CutWanted): Promise<Cut> {
  const { connection, readModels, derive } = house;
  const position = await placeOf(house, token);
  const before = since && (await placeOf(house, since.position));
  if (before !== undefined && before > position) throw new CutRefused('cuts-unrelated', `The cut ${since?.name} holds more of the log than this one. Tell the difference the other way round.`);
  const facts = await programmeAt(house, programme, position);
  const shadow = await Shadow.make(connection, { ...readModels, models: readModels.models.filter(({ row }) => isRead(nameOf(readModels.dataSource.getMetadata(row), '{read}'))) });
  try {
    const id = `${programme}/${name}/${position}`;
    const release = releaseId(derive, id);
    const rows = await rowsOver(shadow, { pads: padsOf(derive, id), position, programme });
    if (before !== undefined) {
      await shadow.foldTo(before, onProgress);
      await remember(rows, 'former');
    }
    await shadow.foldTo(position, onProgress);
    const pooled = !((await isOpen(rows, position)) ?? !facts.masked);
    const files = await filesOf(rows, pooled ? views.filter(({ name: view }) => view === 'figures') : views, release);
    const entries = codebook(house.catalogues);
    files.set('codebook.csv', { rows: entries.length, bytes: Buffer.from(codebookCsv(entries)) });
    files.set('codebook.json', { rows: entries.length, bytes: Buffer.from(`${JSON.stringify(entries, null, 2)}\n`) });
    const difference = since && (await differenceFiles(rows, files));
    const manifest: Manifest = {
      format: FORMAT, name, programme, release, position: positionToken(derive, position), knownAt: await knownAt(rows, position), pooled,
      ...(pooled && { why: `The programme is masked and not unblinded at this position: figures of all arms together, rounded, small ones withheld. Rows would tell the arm by being there.` }),
      versions: { cairn: house.version, views: viewsVersion, catalogue: catalogueVersion(house.catalogues), protocols: facts.protocols, workbooks: facts.workbooks },
      files: [...files].map(([file, { rows: count, bytes }]) => ({ file, rows: count, sha256: createHash('sha256').update(bytes).digest('hex') })),
      ...(since && difference && { difference: { since: { name: since.name, release: since.release, position: since.position }, counts: difference } }),
    };
    const all = new Map([...files].map(([file, { bytes }]) => [file, bytes] as const));
    return { manifest, files: all.set('manifest.json', Buffer.from(manifestText(manifest))), participants: pooled ? [] : await peopleIn(rows) };
  } finally {
    await shadow.drop();
  }
}

/** Whether a view reads the table, named as `"{read}"."sessions"`. */
function isRead(table: string): boolean {
  const plain = new RegExp(`${table.replaceAll('"', '').replaceAll(/[{}.]/g, '\\$&')}\\b`);
  return views.some((view) => plain.test(sqlOf(view, { read: '{read}', log: '', release: '' })));
}

async function placeOf({ derive, readModels }: CutHouse, token: string | undefined): Promise<number> {
  const head = await readModels.journal.head();
  const position = token === undefined ? head : positionIn(derive, token);
  if (position === undefined || position > head) throw new CutRefused('position-unknown', 'This is no position of this record: it is written in the manifest of a cut that was made from it.');
  return position;
}

async function programmeAt({ readModels: { journal } }: CutHouse, programme: string, position: number) {
  const entries = await journal.upTo([`programme-${programme}`], position);
  if (entries.length === 0) throw new CutRefused('programme-unknown', `There was no programme ${programme} at this position. Name one that is registered.`);
  const versions = (type: string) => entries.flatMap((entry) => (entry.type === type ? [(entry.data as { version: string }).version] : []));
  const masked = entries.some(({ type, data }) => type === 'ProtocolVersionPublished' && (data as { masked: boolean }).masked) && !entries.some(({ type }) => type === 'Unblinded');
  return { protocols: versions('ProtocolVersionPublished'), workbooks: versions('WorkbookVersionPublished'), masked };
}

async function filesOf(rows: Rows, shown: readonly View[], id: string): Promise<Map<string, { rows: number; bytes: Uint8Array }>> {
  const files = new Map<string, { rows: number; bytes: Uint8Array }>();
  for (const view of shown) {
    const columns = view.columns.map(({ name }) => name);
    const parquet = new ParquetFile(view.columns, { 'cairn:view': view.name, 'cairn:release': id });
    const csv = [csvOf(columns, [])];
    let count = 0;
    for await (const batch of inOrder(rows, view)) {
      csv.push(csvOf(columns, batch, { header: false }));
      parquet.write(batch);
      count += batch.length;
    }
    files.set(`${view.name}.csv`, { rows: count, bytes: Buffer.from(csv.join('')) });
    files.set(`${view.name}.parquet`, { rows: count, bytes: parquet.end() });
  }
  return files;
}

function catalogueVersion(catalogues: readonly Catalogue[]): string {
  const types = catalogues.map(({ stream, definitions }) => [stream, Object.entries(definitions).map(([type, { version }]) => [type, version])]);
  return createHash('sha256').update(canonical(types)).digest('hex').slice(0, 16);
}
