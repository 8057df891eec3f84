import { tmpdir } from 'node:os';
import { join } from 'node:path';

// What specs start a hundred times is compiled once, and prepared once: see test/prepared.ts.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'cairn');
process.env.CAIRN_PREPARED ??= join(tmpdir(), `cairn-prepared-${process.pid}`);

const libs = ['kernel', 'postgres', 'privacy', 'journal', 'access', 'record', 'replay', 'analysis', 'interop', 'assembly'];

export default {
  testEnvironment: '<rootDir>/test/environment.mjs',
  testMatch: ['<rootDir>/{apps,libs,test}/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    [`^@cairn/(${libs.join('|')})/(.*)\\.js$`]: '<rootDir>/libs/$1/src/$2',
    '^@cairn/stores/(.*)\\.js$': '<rootDir>/libs/stores/$1',
    '^fast-check$': '<rootDir>/test/fast-check.mjs',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  setupFiles: ['reflect-metadata'],
  globalTeardown: '<rootDir>/test/released.mjs',
  coverageProvider: 'v8',
  testTimeout: 300_000,
  testSequencer: '<rootDir>/test/order.mjs',
  maxWorkers: 2,
};
