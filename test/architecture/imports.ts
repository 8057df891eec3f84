import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, type ICruiseResult } from 'dependency-cruiser';

/** The house has more files than this. Without a compiler dependency-cruiser sees none and is content. */
const FEWEST_MODULES = 100;
const rooms = ['apps', 'libs', 'test'];

function cruise(): ICruiseResult {
  const scratch = mkdtempSync(join(tmpdir(), 'cairn-imports-'));
  const file = join(scratch, 'cruise.json');
  try {
    const program = join('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
    spawnSync(process.execPath, [program, ...rooms, '--output-type', 'json', '--output-to', file], { stdio: 'inherit' });
    return JSON.parse(readFileSync(file, 'utf8')) as ICruiseResult;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What keeps the cruise from being proof: too few files, or files on disk that it never opened. */
function blindSpots(result: ICruiseResult): string[] {
  const seen = new Set(result.modules.map(({ source }) => source));
  const own = globSync(rooms.map((room) => `${room}/**/*.{ts,mjs}`));
  const unseen = own.filter((file) => !seen.has(file)).map((file) => `${file} was not looked at.`);
  if (own.length >= FEWEST_MODULES) return unseen;
  return [...unseen, `Only ${own.length} files were found where at least ${FEWEST_MODULES} are expected: is this the root of the checkout?`];
}

const result = cruise();
const { output, exitCode } = await format(result, { outputType: 'err-long' });
const blind = blindSpots(result);
process.stdout.write(typeof output === 'string' ? output : JSON.stringify(output));
for (const problem of blind) console.error(problem);
process.exitCode = exitCode || blind.length > 0 ? 1 : 0;
