import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The data directory can be neither made nor written by this user. Nothing was made or changed. */
class DataDirectoryUnusable extends Error {}

/** Looks whether the data directory is there, or could be made, and written; makes nothing. @throws DataDirectoryUnusable */
export async function checkDataDirectory(dataDir: string, nearest = dataDir): Promise<void> {
  const fault = await faultOf(nearest);
  if (fault === undefined) return;
  if (fault === 'ENOENT' && dirname(nearest) !== nearest) return checkDataDirectory(dataDir, dirname(nearest));
  const otherwise = 'or set CAIRN_DATA_DIR to another directory';
  if (fault === 'ENOTDIR') throw new DataDirectoryUnusable(`The data directory ${dataDir} cannot be: ${nearest} is a file. Move it away, ${otherwise}.`);
  const what = nearest === dataDir ? 'cannot be written by this user' : `cannot be made: this user may not write ${nearest}`;
  throw new DataDirectoryUnusable(`The data directory ${dataDir} ${what} (${fault}). Give this user the right to, ${otherwise}.`);
}

async function faultOf(directory: string): Promise<string | undefined> {
  try {
    if (!(await stat(directory)).isDirectory()) return 'ENOTDIR';
    await access(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
