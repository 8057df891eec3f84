/** A small house that every check is content with. Each fault below is one file more. */
export const sound: Readonly<Record<string, string>> = {
  'apps/api/src/main.ts': `import { Journal } from '@cairn/journal/journal.js';
import { SupportController } from '@cairn/record/support/support.controller.js';
import { workbook } from '@cairn/record/workbook/workbook.js';
import { openStore } from '@cairn/stores/postgres/store.js';

const journal = new Journal(openStore(process.env['DATABASE_URL'] ?? ''));
process.exitCode = (await journal.length()) + workbook({ minutes: 0 }) + SupportController.length;
`,
  'libs/kernel/src/event-store.ts': `export interface EventStore {
  head(): Promise<number>;
}
`,
  'libs/kernel/src/refused.ts': `export class Refused extends Error {}
`,
  'libs/kernel/src/testing.ts': `export const minutes = 50;
`,
  'libs/postgres/src/connection.ts': `export const connect = (url: string): string => url;
`,
  'libs/stores/postgres/store.ts': `import type { EventStore } from '@cairn/kernel/event-store.js';
import { connect } from '@cairn/postgres/connection.js';

export const openStore = (url: string): EventStore => ({ head: async () => connect(url).length });
`,
  'libs/journal/src/journal.ts': `import type { EventStore } from '@cairn/kernel/event-store.js';

export class Journal {
  constructor(private readonly store: EventStore) {}

  length(): Promise<number> {
    return this.store.head();
  }
}
`,
  'libs/record/src/support/events.ts': `import { IsInt } from 'class-validator';

export class SessionAttended {
  @IsInt() minutes: number;
}
`,
  'libs/record/src/support/support.ts': `import { Refused } from '@cairn/kernel/refused.js';
import type { SessionAttended } from './events.js';

export function support({ minutes }: SessionAttended): number {
  if (minutes < 0) throw new Refused('A session lasts some time.');
  return minutes;
}
`,
  'libs/record/src/support/support.controller.ts': `import { Controller, Get } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { support } from './support.js';

@Controller('support')
export class SupportController {
  constructor(private readonly bus: CommandBus) {}

  @Get()
  minutes(): Promise<unknown> {
    return this.bus.execute({ minutes: support({ minutes: 1 }) });
  }
}
`,
  'libs/record/src/support/support.spec.ts': `import { expect, it } from '@jest/globals';
import { minutes } from '@cairn/kernel/testing.js';
import { support } from './support.js';

it('counts the minutes', () => {
  expect(support({ minutes })).toBe(minutes);
});
`,
  'libs/record/src/workbook/workbook.ts': `import type { SessionAttended } from '../support/events.js';

export const workbook = ({ minutes }: SessionAttended): number => minutes;
`,
};

export interface Fault {
  /** What a person did. */
  readonly what: string;
  /** The rule that must name this file. */
  readonly rule: string;
  readonly file: string;
  readonly text: string;
  /** Another file that it takes, itself without fault. */
  readonly beside?: Readonly<Record<string, string>>;
}

const importing = (what: string, rule: string, file: string, from: string): Fault => ({ what, rule, file, text: `import * as it from '${from}';\n\nexport const kept = it;\n` });

/** One import against the stream for each lib. */
const upwards: readonly Fault[] = [
  ['record', '@cairn/replay/planted.js'],
  ['replay', '@cairn/record/workbook/workbook.js'],
  ['ledger', '@cairn/record/workbook/workbook.js'],
  ['analysis', '@cairn/replay/planted.js'],
  ['interop', '@cairn/replay/planted.js'],
  ['access', '@cairn/journal/journal.js'],
  ['journal', '@cairn/access/planted.js'],
  ['privacy', '@cairn/journal/journal.js'],
  ['stores', '@cairn/privacy/planted.js'],
  ['postgres', '@cairn/stores/postgres/store.js'],
  ['kernel', '@cairn/postgres/connection.js'],
].map(([lib = '', from = '']) => importing(`libs/${lib} imports ${from}`, `${lib}-sees-only-below`, `libs/${lib}/${lib === 'stores' ? '' : 'src/'}planted.ts`, from));

export const importFaults: readonly Fault[] = [
  ...upwards,
  importing('a lib nobody gave a place', 'no-unknown-room', 'libs/misc/src/planted.ts', '@cairn/kernel/refused.js'),
  importing('a lib imports an app', 'nothing-imports-apps', 'libs/record/src/from-an-app.ts', '../../../apps/api/src/main.js'),
  importing('an app imports another', 'apps-stand-alone', 'apps/cli/src/main.ts', '../../api/src/main.js'),
  {
    what: 'a lib sees the event store, be it by type',
    rule: 'one-door',
    file: 'libs/record/src/past-the-door.ts',
    text: `import type { EventStore } from '@cairn/kernel/event-store.js';\n\nexport const none: EventStore | undefined = undefined;\n`,
  },
  importing('a lib chooses its store', 'stores-are-wired-at-the-top', 'libs/replay/src/own-store.ts', '@cairn/stores/postgres/store.js'),
  importing("a capability sees another's decider", 'capability-by-its-events', 'libs/record/src/workbook/sections.read.ts', '../support/support.js'),
  {
    what: "a capability sees another's state, be it by type",
    rule: 'capability-by-its-events',
    file: 'libs/record/src/workbook/state.ts',
    text: "import type { support } from '../support/support.js';\n\nexport const kept = (it: typeof support): unknown => it;\n",
  },
  importing('a decider imports typeorm', 'domain-is-pure', 'libs/record/src/safety/safety.ts', 'typeorm'),
  importing('an event class imports its controller', 'domain-is-pure', 'libs/record/src/staff/events.ts', '../support/support.controller.js'),
  importing('the kernel imports a framework', 'kernel-is-pure', 'libs/kernel/src/framed.ts', '@nestjs/common'),
  importing('a kernel spec imports a framework', 'kernel-specs-are-plain', 'libs/kernel/src/framed.spec.ts', '@nestjs/common'),
  importing('the kernel reads files', 'kernel-does-no-io', 'libs/kernel/src/files.ts', 'node:fs'),
  { ...importing('a cycle', 'no-cycle', 'libs/replay/src/egg.ts', './hen.js'), beside: { 'libs/replay/src/hen.ts': "export * as egg from './egg.js';\n" } },
  importing('an import that leads nowhere', 'no-unresolved', 'libs/replay/src/lost.ts', '@cairn/kernel/lost.js'),
  importing('a package that package.json does not name', 'no-undeclared-package', 'libs/replay/src/undeclared.ts', 'semver'),
  importing('a tool needed at run time', 'no-dev-package-at-run-time', 'libs/replay/src/tooled.ts', 'fast-check'),
  importing('the service imports what is for specs', 'testing-stays-in-tests', 'libs/replay/src/tested.ts', '@cairn/kernel/testing.js'),
  importing('a spec is imported', 'specs-are-not-imported', 'libs/replay/src/inspected.ts', '@cairn/record/support/support.spec.js'),
  { ...importing('a barrel', 'no-barrels-or-drawers', 'libs/interop/src/rolled.ts', './index.js'), beside: { 'libs/interop/src/index.ts': "export { connect } from '@cairn/postgres/connection.js';\n" } },
  { ...importing('a drawer', 'no-barrels-or-drawers', 'libs/interop/src/drawn.ts', './utils/connect.js'), beside: { 'libs/interop/src/utils/connect.ts': "export { connect } from '@cairn/postgres/connection.js';\n" } },
  { what: 'a leftover', rule: 'no-orphans', file: 'libs/interop/src/alone.ts', text: 'export const kept = 1;\n' },
];

const long = Array.from({ length: 80 }, (_, line) => `  n += ${line};\n`).join('');

export const lintFaults: readonly Fault[] = [
  { what: 'a promise left floating', rule: '@typescript-eslint/no-floating-promises', file: 'libs/replay/src/floating.ts', text: 'export function go(): void {\n  Promise.reject(new Error());\n}\n' },
  { what: 'a promise taken for a condition', rule: '@typescript-eslint/no-misused-promises', file: 'libs/replay/src/misused.ts', text: 'export const go = (p: Promise<boolean>): number => (p ? 1 : 2);\n' },
  { what: 'an any', rule: '@typescript-eslint/no-explicit-any', file: 'libs/replay/src/any.ts', text: 'export const kept = (it: any): unknown => it;\n' },
  { what: 'a forgotten case', rule: '@typescript-eslint/switch-exhaustiveness-check', file: 'libs/replay/src/case.ts', text: "export function go(it: 'a' | 'b'): void {\n  switch (it) {\n    case 'a':\n      go(it);\n  }\n}\n" },
  { what: 'a default in place of a case', rule: '@typescript-eslint/switch-exhaustiveness-check', file: 'libs/replay/src/default.ts', text: "export function go(it: 'a' | 'b'): number {\n  switch (it) {\n    case 'a':\n      return 1;\n    default:\n      return 2;\n  }\n}\n" },
  { what: 'a type imported as a value', rule: '@typescript-eslint/consistent-type-imports', file: 'libs/journal/src/value.ts', text: "import { EventStore } from '@cairn/kernel/event-store.js';\n\nexport const kept = (it: EventStore): unknown => it;\n" },
  { what: 'the compiler silenced', rule: '@typescript-eslint/ban-ts-comment', file: 'libs/replay/src/silenced.ts', text: '// @ts-expect-error It is a word.\nexport const kept: number = "one";\n' },
  { what: 'the checks silenced', rule: 'inline configuration', file: 'libs/replay/src/disabled.ts', text: '/* eslint-disable no-console */\nexport const kept = 1;\n' },
  { what: 'the checks silenced, and the fault still seen', rule: 'no-console', file: 'libs/replay/src/said.ts', text: '/* eslint-disable no-console */\nexport const go = (): void => console.log(1);\n' },
  { what: 'one test alone', rule: 'no-restricted-syntax', file: 'libs/replay/src/only.spec.ts', text: "import { it } from '@jest/globals';\n\nit.only('runs', () => undefined);\n" },
  { what: 'a test left out', rule: 'no-restricted-syntax', file: 'libs/replay/src/skip.spec.ts', text: "import { describe, it } from '@jest/globals';\n\ndescribe.skip.each([1])('%s', () => {\n  it('runs', () => undefined);\n});\n" },
  { what: 'a test to be written', rule: 'no-restricted-syntax', file: 'libs/replay/src/todo.spec.ts', text: "import { it } from '@jest/globals';\n\nit.concurrent.only('runs', async () => undefined);\nit['todo']('runs');\n" },
  { what: 'work left for later', rule: 'no-warning-comments', file: 'libs/replay/src/later.ts', text: '// TO' + 'DO finish this\nexport const kept = 1;\n' },
  { what: 'everything passed on', rule: 'no-restricted-syntax', file: 'libs/replay/src/passed.ts', text: "export * from './later.js';\n" },
  { what: 'the environment read by a lib', rule: 'no-restricted-syntax', file: 'libs/replay/src/environment.ts', text: "export const url = (): unknown => process.env['DATABASE_URL'];\n" },
  { what: 'a clock in a decider', rule: 'no-restricted-syntax', file: 'libs/record/src/follow-up/follow-up.ts', text: 'export const now = (): Date => new Date();\n' },
  { what: 'an id made in the kernel', rule: 'no-restricted-syntax', file: 'libs/kernel/src/id.ts', text: "import { randomUUID } from 'node:crypto';\n\nexport const id = (): string => randomUUID();\n" },
  { what: 'a function too long', rule: 'max-lines-per-function', file: 'libs/replay/src/long.ts', text: `export function go(): number {\n  let n = 0;\n${long}  return n;\n}\n` },
  { what: 'a file too long', rule: 'max-lines', file: 'libs/replay/src/longer.ts', text: Array.from({ length: 251 }, (_, line) => `export const n${line} = ${line};\n`).join('') },
];

export const unusedFaults: readonly Fault[] = [
  {
    what: 'an export nobody imports',
    rule: 'exports',
    file: 'libs/kernel/src/spare.ts',
    text: 'export const used = 1;\nexport const spare = 2;\n',
    beside: { 'libs/kernel/src/spare.spec.ts': "import { used } from './spare.js';\n\nexport const kept = used;\n" },
  },
  { what: 'a file nobody imports', rule: 'files', file: 'libs/journal/src/left-over.ts', text: 'export const kept = 1;\n' },
  { what: 'a package nobody named', rule: 'unlisted', file: 'libs/journal/src/unlisted.spec.ts', text: "import 'left-pad';\n" },
];

export const typeFaults: readonly Fault[] = [
  { what: 'a value of another type', rule: 'TS2322', file: 'libs/replay/src/mistyped.ts', text: "export const kept: number = 'one';\n" },
  { what: 'a list element believed to be there', rule: 'TS18048', file: 'libs/replay/src/element.ts', text: 'export const kept = (list: { n: number }[]): number => {\n  const [first] = list;\n  return first.n;\n};\n' },
  {
    // Built without types it would fail when Nest first makes the controller.
    what: 'an interface injected as a value',
    rule: 'TS1272',
    file: 'libs/journal/src/injected.controller.ts',
    text: "import { Controller } from '@nestjs/common';\nimport { EventStore } from '@cairn/kernel/event-store.js';\n\n@Controller()\nexport class Injected {\n  constructor(readonly store: EventStore) {}\n}\n",
  },
];
