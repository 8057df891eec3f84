const libs = ['kernel', 'postgres', 'privacy', 'journal', 'access', 'record', 'replay', 'analysis', 'interop', 'assembly'];

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{apps,libs,test}/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    [`^@cairn/(${libs.join('|')})/(.*)\\.js$`]: '<rootDir>/libs/$1/src/$2',
    '^@cairn/stores/(.*)\\.js$': '<rootDir>/libs/stores/$1',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  setupFiles: ['reflect-metadata'],
  coverageProvider: 'v8',
  testTimeout: 60_000,
  maxWorkers: 2,
};
