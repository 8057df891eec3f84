import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const specs = ['**/*.spec.ts', '**/{testing,*-testing}.ts', '**/*.bench.ts', '**/test-fixtures/**/*.ts', 'test/**/*.ts'];
const migrations = ['**/migrations.ts', '**/migrations/**/*.ts'];

const everyTestRuns = 'Every test runs, whole and always: take the only, skip, todo or failing away.';
const timeArrives = 'Time arrives as an argument: no clock is read here.';
const idsArrive = 'Ids and chance arrive as arguments: none are made here.';

const anywhere = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe)$/]:matches([property.name=/^(only|skip|todo|failing)$/], [property.value=/^(only|skip|todo|failing)$/])',
    message: everyTestRuns,
  },
  { selector: 'MemberExpression[object.object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|failing)$/]', message: everyTestRuns },
  { selector: 'CallExpression[callee.name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]', message: everyTestRuns },
  { selector: 'ExportAllDeclaration', message: 'Import from the file that declares it; nothing is passed on wholesale.' },
];
const inSources = [
  ...anywhere,
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]:not(MemberExpression[property.value="PATH"] > MemberExpression)',
    message: 'Configuration arrives as an argument: only a main.ts reads the environment.',
  },
];
const inPureSources = [
  ...inSources,
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: timeArrives },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: timeArrives },
  { selector: 'MemberExpression[object.name="Temporal"][property.name="Now"]', message: timeArrives },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: idsArrive },
  { selector: ':matches(CallExpression[callee.name="randomUUID"], CallExpression[callee.property.name="randomUUID"])', message: idsArrive },
];

const typeAware = {
  // Swagger, class-validator and TypeORM classes say what plain objects look like; objects are made as literals and copied with spread.
  '@typescript-eslint/no-misused-spread': 'off',
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
  '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
  // It takes a flag that changes during an await for a constant.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // The platform's own name for a class at run time; calling one is refused by no-unsafe-call.
  '@typescript-eslint/no-unsafe-function-type': 'off',
  // Drivers declare as enums what they take as numbers.
  '@typescript-eslint/no-unsafe-enum-comparison': 'off',
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  // An interface says async; one of its implementations need not wait.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true }],
  '@typescript-eslint/no-meaningless-void-operator': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_+$', varsIgnorePattern: '^_+$', destructuredArrayIgnorePattern: '^_+$', ignoreRestSiblings: true }],
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true, 'ts-check': true }],
  // Leaves files with decorators alone, so that Nest's constructor injection keeps its value imports.
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false }],
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
};

export default defineConfig(
  globalIgnores(['dist', 'data', 'coverage']),
  { linterOptions: { noInlineConfig: true } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...typeAware,
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 70 }],
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'anywhere' }],
      'no-restricted-syntax': ['error', ...inSources],
      'no-param-reassign': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['libs/kernel/src/**/*.ts', 'libs/record/src/*/*.ts'],
    ignores: ['**/*.controller.ts', '**/*.read.ts'],
    rules: { 'no-restricted-syntax': ['error', ...inPureSources] },
  },
  { files: ['apps/*/src/main.ts', ...specs], rules: { 'no-restricted-syntax': ['error', ...anywhere] } },
  { files: [...specs, ...migrations], rules: { 'max-lines': ['error', { max: 500 }], 'max-lines-per-function': 'off' } },
  {
    files: specs,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Answers parsed from JSON and matchers such as expect.any are any by declaration.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
    },
  },
  { files: ['apps/cli/**/*.ts', '**/*.bench.ts', 'test/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: Object.fromEntries(['process', 'module', 'console', 'performance', 'setTimeout', 'clearTimeout', 'Buffer', 'URL', 'fetch'].map((name) => [name, 'readonly'])) },
    rules: { 'no-restricted-syntax': ['error', ...anywhere] },
  },
);
