import { join } from 'node:path';
import { poolAs } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import { Keyring } from '@cairn/privacy/keyring.js';

/** Destroys a participant's key, beside the running service. */
export async function erase(dataDir: string, participant: string): Promise<void> {
  const server = await startEmbedded({ dataDir });
  const keys = poolAs(server.connection, 'cairn_keyring', { max: 1 });
  try {
    await (await Keyring.open(keys, await loadKeyEncryptionKey({ file: join(dataDir, 'keys', 'key-encryption-key'), mayCreate: false }))).destroy(participant);
  } finally {
    await keys.end();
    await server.release();
  }
}
