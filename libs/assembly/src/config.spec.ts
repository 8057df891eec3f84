import { describe, expect, it } from '@jest/globals';
import { ConfigInvalid, readConfig } from './config.js';

const faults = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
  return '';
};

describe('the configuration', () => {
  it('has a default for everything', () => expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 4400, audience: 'cairn', databaseUrl: undefined, production: false }));
  it('keeps the key file in the data directory, unless it is told where', () => {
    expect(readConfig({ CAIRN_DATA_DIR: '/srv/cairn' }).keyFile).toBe('/srv/cairn/keys/key-encryption-key');
    expect(readConfig({ CAIRN_KEY_FILE: '/etc/cairn/key' }).keyFile).toBe('/etc/cairn/key');
  });
  it('takes an empty variable as one that is not set', () => expect(readConfig({ CAIRN_PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 4400, databaseUrl: undefined }));
  it('refuses what it does not know, and says what there is', () => expect(faults({ CAIRN_PROT: '1' })).toMatch(/CAIRN_PROT is not a setting.*CAIRN_PORT/));
  it('names every fault at once', () => {
    const message = faults({ CAIRN_PORT: '70000', CAIRN_LOG_LEVEL: 'loud', CAIRN_BODY_LIMIT_KB: '1.5' });
    for (const name of ['CAIRN_PORT', 'CAIRN_LOG_LEVEL', 'CAIRN_BODY_LIMIT_KB']) expect(message).toContain(name);
  });
  it('does not pretend to keep events in KurrentDB', () => expect(faults({ KURRENTDB_URL: 'kurrentdb://localhost' })).toContain('KURRENTDB_URL'));
  it('never repeats a key it was given', () => expect(faults({ CAIRN_KEY: 'c2VjcmV0', CAIRN_PORT: 'x' })).not.toContain('c2VjcmV0'));
});
