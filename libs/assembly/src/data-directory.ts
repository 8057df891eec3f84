import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The data directory can be neither made nor written by this user. Nothing was made or changed. */
export class DataDirectoryUnusable extends Error {}

/** Looks whether the data directory is there, or could be made, and written; makes nothing. @throws DataDirectoryUnusable */
export async function checkDataDirectory(dataDir: string, nearest = dataDir): Promise<void> {
  const otherwise = 'or set CAIRN_DATA_DIR to another directory';
  let code: string;
  try {
    const isDirectory = (await stat(nearest)).isDirectory();
    if (isDirectory) await access(nearest, constants.W_OK | constants.X_OK);
    if (isDirectory) return;
    code = 'ENOTDIR';
  } catch (error) {
    code = String((error as { code?: unknown }).code);
  }
  if (code === 'ENOENT' && dirname(nearest) !== nearest) return checkDataDirectory(dataDir, dirname(nearest));
  if (code === 'ENOTDIR') throw new DataDirectoryUnusable(`The data directory ${dataDir} cannot be: ${nearest} is a file. Move it away, ${otherwise}.`);
  const what = nearest === dataDir ? 'cannot be written by this user' : `cannot be made: this user may not write ${nearest}`;
  throw new DataDirectoryUnusable(`The data directory ${dataDir} ${what} (${code}). Give this user the right to, ${otherwise}.`);
}
