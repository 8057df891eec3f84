/** DESIGN.md's tiers from the top down: a lib sees the tiers below its own, nothing beside or above it. */
const tiers = [
  ['assembly'],
  ['record', 'replay', 'ledger', 'analysis', 'interop'],
  ['access', 'journal'],
  ['privacy', 'stores', 'postgres'],
  ['kernel'],
];
/** What keeps rows there reaches the database through libs/postgres, in its own tier. */
const onPostgres = ['privacy', 'stores'];

const libs = (...names) => `^libs/(?:${names.join('|')})/`;
const npm = (...names) => `(?:^|/)node_modules/(?:${names.join('|')})/`;
const anyNpm = '(?:^|/)node_modules/';
const specs = '\\.spec\\.ts$';
const helpers = ['[/-]testing\\.ts$', '^libs/stores/(?:contract[^/]*|checker)\\.ts$', '\\.bench\\.ts$', '/test-fixtures/'];
const tests = [specs, ...helpers, '^test/'];
const domain = '^libs/record/src/([^/]+)/(?:events|\\1)\\.ts$';
const eventStore = '^libs/kernel/src/event-store\\.ts$';

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const direction = tiers.flatMap((tier, depth) =>
  tier.flatMap((name) => {
    const beside = tier.filter((other) => other !== name && !(other === 'postgres' && onPostgres.includes(name)));
    const barred = [...tiers.slice(0, depth).flat(), ...beside];
    if (barred.length === 0) return [];
    return [rule(`${name}-sees-only-below`, `libs/${name} imports from the tiers below it only.`, { path: libs(name) }, { path: libs(...barred) })];
  }),
);

const rooms = [
  rule('no-unknown-room', 'A new lib takes its place in the tiers, here and in DESIGN.md.', { path: `^libs/(?!(?:${tiers.flat().join('|')})/)` }, {}),
  rule('nothing-imports-apps', 'An app is where imports end.', { path: '^(?:libs|test)/' }, { path: '^apps/' }),
  rule('apps-stand-alone', 'One app does not import another; what two need is a lib.', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
  rule('one-door', 'Events enter and leave through the journal: only journal, ledger, stores and the apps may see an EventStore.',
    { path: '^(?:libs|test)/', pathNot: ['^libs/(?:journal|ledger|stores|assembly)/', '^test/'] }, { path: eventStore }),
  rule('stores-are-wired-at-the-top', 'Only the journal and the apps choose a store; specs may start one.',
    { path: '^libs/', pathNot: ['^libs/(?:journal|stores|assembly)/', ...tests] }, { path: libs('stores') }),
  rule('capability-by-its-events', 'A capability sees another only through its events.ts; the processes bind them together and command their deciders.',
    { path: '^libs/record/src/([^/]+)/', pathNot: '^libs/record/src/processes/' }, { path: '^libs/record/src/[^/]+/', pathNot: ['^libs/record/src/$1/', '/events\\.ts$'] }),
  rule('domain-is-pure', 'Events and deciders import only the kernel, class-validator (class-transformer for nested values) and events.',
    { path: domain }, { pathNot: [libs('kernel'), npm('class-validator', 'class-transformer'), '^libs/record/src/[^/]+/events\\.ts$'] }),
];

const kernel = [
  rule('kernel-is-pure', 'The kernel has no framework: of npm only what declares, validates and tells time.',
    { path: libs('kernel'), pathNot: specs },
    { path: anyNpm, pathNot: npm('class-validator', 'class-transformer', 'class-validator-jsonschema', 'temporal-polyfill', 'reflect-metadata') }),
  rule('kernel-specs-are-plain', 'Its specs add only the test tools.',
    { path: libs('kernel') + '.*' + specs },
    { path: anyNpm, pathNot: npm('class-validator', 'class-transformer', 'class-validator-jsonschema', 'temporal-polyfill', 'reflect-metadata', 'fast-check', '@jest/globals', 'jest', '@types/jest') }),
  rule('kernel-does-no-io', 'The kernel touches no file, socket or process.',
    { path: libs('kernel'), pathNot: specs }, { dependencyTypes: ['core'], pathNot: '^(?:node:)?crypto$' }),
];

const hygiene = [
  rule('no-cycle', 'Files that import each other cannot be read one by one.', {}, { circular: true }),
  rule('no-unresolved', 'Every import leads to a file or an installed package.', {}, { couldNotResolve: true }),
  rule('no-undeclared-package', 'What is imported is named in package.json.', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),
  rule('no-dev-package-at-run-time', 'What runs on a user\'s machine is a dependency.',
    { path: '^(?:apps|libs)/', pathNot: tests }, { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '(?:^|/)node_modules/@types/' }),
  rule('testing-stays-in-tests', 'What helps tests (testing.ts, the store contract, benches, fixtures) is for tests alone.', { pathNot: tests }, { path: helpers, pathNot: anyNpm }),
  rule('specs-are-not-imported', 'Nothing imports a spec.', {}, { path: specs }),
  rule('no-barrels-or-drawers', 'No index.ts, no utils, shared or common folder: a file lies where its subject is.', {}, { path: '(?:^|/)(?:index\\.ts$|(?:utils|shared|common)/)', pathNot: anyNpm }),
  rule('no-orphans', 'A file that nothing imports and that imports nothing is left over.', { orphan: true, pathNot: [...tests, '^apps/[^/]+/src/main\\.ts$', '\\.d\\.ts$'] }, {}),
];

module.exports = {
  forbidden: [...direction, ...rooms, ...kernel, ...hygiene],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Sees the imports that exist for types alone.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|data|coverage)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.mjs', '.cjs', '.js', '.d.ts', '.json'] },
  },
};
