import { checkArchive, readArchive, type FileSum, type ReadSection, type SectionSum } from './archive.js';
import type { Table } from './backup-tables.js';
import { exits, Failure } from './failure.js';

export const BACKUP = 'cairn-backup/1';
export const KEYS = 'cairn-backup-keys/1';
/** The section of a keys file that is the key file itself, byte for byte. */
export const KEY_FILE = 'key-encryption-key';

export interface TableHead extends Table {
  readonly rows: number;
}

interface CommonHeader {
  /** A UUID made for this backup; its keys file has the same. */
  readonly backup: string;
  /** The id of the key-encryption key. */
  readonly key: string;
  /** In the order of their sections. */
  readonly tables: readonly TableHead[];
}

export interface BackupHeader extends CommonHeader {
  /** RFC 3339. */
  readonly madeAt: string;
  /** Of the last event, 0 for none. */
  readonly position: number;
  /** Those that made the tables, oldest first. */
  readonly migrations: readonly string[];
  /** As the server calls itself: `18.4`. */
  readonly postgres: string;
}

export interface KeysHeader extends CommonHeader {
  /** The hash that the backup itself ends in: these keys open that file and no other. */
  readonly of: string;
  /** Whether the key file is here; the key is in the environment otherwise. */
  readonly keyFile: boolean;
}

export interface Examined<Header> {
  readonly path: string;
  readonly header: Header;
  readonly file: FileSum;
  readonly sections: ReadonlyMap<string, SectionSum>;
  /** Position of the last event in it, 0 for none. */
  readonly last: number;
  /** Content of the key file, where the archive has one. */
  readonly keyText: string | undefined;
}

/**
 * Reads an archive to its end, twice: for its hash, then unpacking and counting every section.
 *
 * @throws Failure when anything in it is not what it says
 */
export async function examine<Header extends CommonHeader>(path: string, format: string): Promise<Examined<Header>> {
  const file = await checkArchive(path, format);
  return readArchive(path, format, async (content, sections) => {
    const header = content as Header;
    const sums = new Map<string, SectionSum>();
    let last = 0;
    let keyText: string | undefined;
    for await (const section of sections) {
      if (section.section === KEY_FILE) keyText = await textOf(section);
      else if (section.section === 'log.events') last = await lastKeyOf(section);
      else for await (const _ of section.content);
      sums.set(section.section, section.sum());
    }
    for (const { name, rows } of header.tables) {
      const found = sums.get(name)?.rows;
      if (found !== rows) throw new Failure(exits.unusable, `${path} cannot be used: it says ${rows} rows of ${name} and holds ${found ?? 'none'}.`, 'Make the backup again. Nothing was touched.');
    }
    return { path, header, file, sections: sums, last, keyText };
  });
}

async function textOf({ content }: ReadSection): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

const LONGEST_KEY = 20;

/** The first value of the last row: of log.events its position. 0 without rows. */
async function lastKeyOf({ content }: ReadSection): Promise<number> {
  let [begun, last] = ['', ''];
  for await (const piece of content) {
    for (let from = 0; from < piece.length; ) {
      const end = piece.indexOf(10, from);
      const to = end < 0 ? piece.length : end;
      if (begun.length < LONGEST_KEY) begun += piece.toString('latin1', from, Math.min(to, from + LONGEST_KEY));
      if (end >= 0) [begun, last] = ['', begun];
      from = to + 1;
    }
  }
  return Number(last.split('\t')[0]);
}
