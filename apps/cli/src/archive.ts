import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ByteReader } from './byte-reader.js';
import { exits, Failure } from './failure.js';

/**
 * The form of `cairn-backup/1` and `cairn-backup-keys/1`; apps/cli/BACKUP.md describes it for people.
 *
 *     cairn-backup/1                                        the magic line
 *     {…}                                                   the header, JSON on one line
 *     {"section":"log.events","columns":["position",…]}     a section begins
 *     16384                                                 a length in bytes, then so many bytes of gzip, again and again
 *     0                                                     no more of them
 *     {"rows":12,"bytes":34567,"sha256":"…"}                what the section holds, unpacked
 *     sha256 <64 hexadecimal digits>                        over every byte before this line, which ends the file
 */
export interface SectionHead {
  readonly section: string;
  readonly columns?: readonly string[];
}

/** Of the unpacked content. A row is a line; COPY's text writes a newline within a value as two characters. */
export interface SectionSum {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Section extends SectionHead {
  readonly content: AsyncIterable<Buffer>;
}

export interface ReadSection extends Section {
  /** Of what was read; to be asked once the content was consumed. */
  sum(): SectionSum;
}

/** A whole archive's length and its hash, the one its last line names. */
export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

const TRAILER = 'sha256 '.length + 64 + 1;

/** Writes an archive from the file's beginning and waits until it is on disk. Nothing but the piece under way is held in memory. */
export async function writeArchive(file: FileHandle, format: string, header: object, sections: AsyncIterable<Section>): Promise<FileSum> {
  const all = createHash('sha256');
  let bytes = 0;
  const put = async (piece: Buffer | string) => {
    const buffer = Buffer.from(piece);
    all.update(buffer);
    bytes += buffer.length;
    await file.writeFile(buffer);
  };
  await put(`${format}\n${JSON.stringify(header)}\n`);
  for await (const { content, ...head } of sections) {
    const sum = new Sum();
    await put(`${JSON.stringify(head)}\n`);
    await pipeline(sum.over(content), createGzip(), async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        await put(Buffer.concat([Buffer.from(`${piece.length}\n`), piece]));
      }
    });
    await put(`0\n${JSON.stringify(sum.done())}\n`);
  }
  const sha256 = all.digest('hex');
  await file.writeFile(`sha256 ${sha256}\n`);
  await file.sync();
  return { bytes: bytes + TRAILER, sha256 };
}

/**
 * Reads the whole file once and compares its hash with the one it ends in.
 *
 * @throws Failure when it is not there, of another format, cut short or altered anywhere
 */
export async function checkArchive(path: string, format: string): Promise<FileSum> {
  await using file = await opened(path);
  const bytes = (await file.stat()).size;
  await refuseOtherFormat(file, path, format);
  const all = createHash('sha256');
  if (bytes > TRAILER) for await (const piece of file.createReadStream({ start: 0, end: bytes - TRAILER - 1, autoClose: false })) all.update(piece as Buffer);
  const trailer = Buffer.alloc(TRAILER);
  await file.read(trailer, 0, TRAILER, Math.max(0, bytes - TRAILER));
  const sha256 = /^sha256 ([0-9a-f]{64})\n$/.exec(trailer.toString('latin1'))?.[1];
  if (sha256 === undefined) throw broken(path, 'it was cut short, or something was added: it does not end in its own hash');
  if (sha256 !== all.digest('hex')) throw broken(path, 'it was altered or damaged: its content does not have the hash it ends in');
  return { bytes, sha256 };
}

/**
 * Hands over the header, as it was given to `writeArchive`, and, one after the other, the sections; each is to be consumed to its end before the next is asked for.
 * Whether the file is whole was asked of `checkArchive` before.
 *
 * @throws Failure when a section is not what the file says of it
 */
export async function readArchive<T>(path: string, format: string, work: (header: unknown, sections: AsyncIterable<ReadSection>) => Promise<T>): Promise<T> {
  await using file = await opened(path);
  const reader = new ByteReader(file.createReadStream({ start: 0, autoClose: false }), () => broken(path, 'it ends too early'));
  if ((await reader.line()) !== format) throw broken(path, `it does not begin with ${format}`);
  return await work(parsed(await reader.line(), path), sectionsOf(reader, path));
}

async function* sectionsOf(reader: ByteReader, path: string): AsyncGenerator<ReadSection> {
  for (let line = await reader.line(); !line.startsWith('sha256 '); line = await reader.line()) {
    const head = parsed(line, path) as SectionHead;
    const sum = new Sum();
    yield { ...head, content: sum.over(unpacked(reader, path)), sum: () => sum.done() };
    if (JSON.stringify(sum.done()) !== (await reader.line())) throw broken(path, `its section ${head.section} is not what it says it is`);
  }
}

const LONGEST_PIECE = 1 << 20;

async function* unpacked(reader: ByteReader, path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const fed = pipeline(pieces(reader, path), gunzip).catch(() => undefined);
  yield* gunzip as AsyncIterable<Buffer>;
  await fed;
}

async function* pieces(reader: ByteReader, path: string): AsyncGenerator<Buffer> {
  for (;;) {
    const length = Number(await reader.line());
    if (!(Number.isInteger(length) && length >= 0 && length <= LONGEST_PIECE)) throw broken(path, 'a length in it is none');
    if (length === 0) return;
    yield await reader.bytes(length);
  }
}

/** Counts and hashes what flows through. */
class Sum {
  private readonly hash = createHash('sha256');
  private rows = 0;
  private bytes = 0;
  private sum: SectionSum | undefined;

  async *over(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      this.hash.update(piece);
      this.bytes += piece.length;
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) this.rows++;
      yield piece;
    }
  }

  done(): SectionSum {
    return (this.sum ??= { rows: this.rows, bytes: this.bytes, sha256: this.hash.digest('hex') });
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new Failure(exits.unusable, code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code}).`, 'Check the path, and who may read the file.');
  }
  throw new Failure(exits.unusable, `${path} is no ordinary file.`, 'Name the file that "cairn backup" wrote.');
}

/** Told apart from damage, so that nobody throws away a file that another release reads. */
async function refuseOtherFormat(file: FileHandle, path: string, format: string): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
  const magic = buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? '';
  if (magic === format) return;
  const kind = /^(cairn-[a-z-]+)\/(\d+)$/.exec(magic);
  const [wanted = '', version = ''] = format.split('/');
  if (kind?.[1] === wanted) throw new Failure(exits.unusable, `${path} is of format ${magic}; this release reads version ${version}.`, 'Restore it with the release that made it. Nothing was touched.');
  if (kind) throw new Failure(exits.unusable, `${path} is a file of format ${magic}, where one of ${format} was expected.`, 'The backup is named first, its keys with --keys. Nothing was touched.');
  throw new Failure(exits.unusable, `${path} is not a file of format ${format}, or its first line is damaged.`, 'Name the file that "cairn backup" wrote. Nothing was touched.');
}

function broken(path: string, why: string): Failure {
  return new Failure(exits.unusable, `${path} cannot be used: ${why}.`, 'Take another copy of it, or another backup. Nothing was touched.');
}

function parsed(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw broken(path, 'a line of it is not what it should be');
  }
}
