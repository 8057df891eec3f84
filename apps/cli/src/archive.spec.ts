import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkArchive, readArchive, writeArchive, type Section } from './archive.js';

const FORMAT = 'cairn-backup/1';
let directory: string;
let path: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-archive-'));
  path = join(directory, 'backup');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function* piecesOf(content: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const piece of content) yield Buffer.from(piece);
}

async function* sectionsOf(sections: readonly { section: string; content: readonly Uint8Array[] }[]): AsyncGenerator<Section> {
  for (const { section, content } of sections) yield { section, columns: ['one', 'two'], content: piecesOf(content) };
}

async function write(header: object, sections: readonly { section: string; content: readonly Uint8Array[] }[]) {
  await using file = await open(path, 'w');
  return await writeArchive(file, FORMAT, header, sectionsOf(sections));
}

function read() {
  return readArchive(path, FORMAT, async (header, sections) => {
    const found: { section: string; content: Buffer }[] = [];
    for await (const { section, content } of sections) {
      const pieces: Buffer[] = [];
      for await (const piece of content) pieces.push(piece);
      found.push({ section, content: Buffer.concat(pieces) });
    }
    return { header, sections: found };
  });
}

const sections = fc.array(fc.record({ section: fc.string({ maxLength: 20 }), content: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }) }), { maxLength: 4 });
const small = [
  { section: 'log.events', content: [Buffer.from('1\tcase-1\n2\tcase-2\n')] },
  { section: 'log.counter', content: [] },
];

it('gives back what was written, byte for byte, whatever it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), sections, async (header, given) => {
      const written = await write(header, given);
      expect(await checkArchive(path, FORMAT)).toEqual(written);
      const found = await read();
      expect(found.header).toEqual(JSON.parse(JSON.stringify(header)));
      expect(found.sections).toEqual(given.map(({ section, content }) => ({ section, content: Buffer.concat(content) })));
    }),
    { numRuns: 60 },
  );
});

it('keeps more than fits one piece', async () => {
  const content = Array.from({ length: 64 }, (_, piece) => Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 31 + piece * 17 + ((at * piece) >> 3)) % 251)));
  await write({}, [{ section: 'log.events', content }]);
  const [only] = (await read()).sections;
  expect(only?.content.equals(Buffer.concat(content))).toBe(true);
});

it('is refused when any one bit of it is flipped', async () => {
  await write({ position: 2 }, small);
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    const altered = Buffer.from(whole);
    altered.writeUInt8(altered.readUInt8(at) ^ (1 << (at % 8)), at);
    await writeFile(path, altered);
    await expect(checkArchive(path, FORMAT)).rejects.toThrow(/altered|cut short|not a file of format|of format/);
  }
});

it('is refused when any byte of it is missing or one too many is there', async () => {
  await write({ position: 2 }, small);
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    await writeFile(path, Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]));
    await expect(checkArchive(path, FORMAT)).rejects.toThrow();
    await writeFile(path, whole.subarray(0, at));
    await expect(checkArchive(path, FORMAT)).rejects.toThrow();
  }
  await writeFile(path, Buffer.concat([whole, Buffer.from('\n')]));
  await expect(checkArchive(path, FORMAT)).rejects.toThrow('something was added');
});

it('is refused section by section when its own sums do not hold, even under a right hash', async () => {
  await write({}, small);
  const text = (await readFile(path)).toString('latin1').replace('"rows":2', '"rows":3');
  await writeFile(path, text, 'latin1');
  await expect(read()).rejects.toThrow('its section log.events is not what it says it is');
});

it('tells another version and another kind of file apart from damage', async () => {
  const rest = '\n{}\nsha256 \n';
  await writeFile(path, `cairn-backup/2${rest}`);
  await expect(checkArchive(path, FORMAT)).rejects.toThrow('is of format cairn-backup/2; this release reads version 1');
  await writeFile(path, `cairn-backup-keys/1${rest}`);
  await expect(checkArchive(path, FORMAT)).rejects.toThrow('is a file of format cairn-backup-keys/1, where one of cairn-backup/1 was expected');
  await writeFile(path, 'PK something else');
  await expect(checkArchive(path, FORMAT)).rejects.toThrow('is not a file of format cairn-backup/1');
  await expect(checkArchive(join(directory, 'nowhere'), FORMAT)).rejects.toThrow(/There is no file/);
  await expect(checkArchive(directory, FORMAT)).rejects.toThrow('no ordinary file');
});
