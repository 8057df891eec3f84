import { join } from 'node:path';
import { positionToken } from '@cairn/journal/positions.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import type { Service } from '../service.js';

/** The token of a position of a service's log, as the manifest of a cut there would name it; the key itself where it is not in the service's key file. */
export async function positionOf({ dataDir }: Service, position: number, fromEnvironment?: string): Promise<string> {
  const key = await loadKeyEncryptionKey({ file: join(dataDir, 'keys', 'key-encryption-key'), fromEnvironment, mayCreate: false });
  return positionToken((label) => key.derive(label), position);
}
