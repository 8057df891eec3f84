/** Why a database could not be had. Stable: people and scripts may rely on them. */
export type PostgresStartCode =
  | 'unsupported-platform'
  | 'binaries-missing'
  | 'disk-full'
  | 'read-only'
  | 'other-version'
  | 'not-a-cluster'
  | 'not-ours'
  | 'password-lost'
  | 'in-use'
  | 'did-not-start'
  | 'bad-url'
  | 'unreachable'
  | 'sign-in-refused'
  | 'no-database'
  | 'too-old'
  | 'unsuitable'
  | 'roles-refused'
  | 'migrations-newer'
  | 'migration-failed';

/** The message says what happened, to what, and what to do next. */
export class PostgresStartError extends Error {
  readonly code: PostgresStartCode;

  constructor(code: PostgresStartCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PostgresStartError';
    this.code = code;
  }
}

const FULL = /\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/i;
const READ_ONLY = /\b(EROFS|EACCES|EPERM)\b|Read-only file system|Permission denied|Operation not permitted/i;

/** Gives a failure to write under `directory` its code; `output` is an error's message or what a program printed. */
export function failureAt(directory: string, output: string, cause?: unknown): PostgresStartError {
  const options = cause === undefined ? {} : { cause };
  if (FULL.test(output)) {
    return new PostgresStartError(
      'disk-full',
      `The disk that holds ${directory} is full, so PostgreSQL cannot run there. Free some space (200 MB is enough to begin), then start again; nothing recorded was lost.`,
      options,
    );
  }
  if (READ_ONLY.test(output)) {
    return new PostgresStartError(
      'read-only',
      `${directory} cannot be written by this user, so PostgreSQL cannot run there. Give this user the right to write to it, or choose another data directory. (${firstLine(output)})`,
      options,
    );
  }
  return new PostgresStartError('did-not-start', `PostgreSQL could not be started in ${directory}.\n${output.trim()}`, options);
}

/** The code an operating system or PostgreSQL error carries, `''` when there is none. Judged by shape: errors cross realms. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error && 'message' in error ? String(error.message) : String(error);
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';
