import { resolve } from 'node:path';
import type { ClaimNames } from '@cairn/access/caller.js';

/** Everything a process of Cairn is told from outside. Read once; nothing else looks at the environment. */
export interface Config {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly keyFile: string;
  /** Base64 of 32 bytes; the key file is then not used. */
  readonly key: string | undefined;
  /** An OpenID Connect provider; without one the local sign-in server with demonstration accounts. */
  readonly oidcIssuer: string | undefined;
  readonly audience: string;
  readonly claims: ClaimNames;
  readonly logLevel: string;
  /** Addresses of proxies whose X-Forwarded-* headers are believed. */
  readonly trustProxy: string | undefined;
  readonly bodyLimitBytes: number;
  readonly production: boolean;
}

/** What is wrong with the configuration: every variable at fault, each with what it should be. */
export class ConfigInvalid extends Error {
  constructor(faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const variables = [
  'CAIRN_HOST', 'CAIRN_PORT', 'CAIRN_DATA_DIR', 'CAIRN_KEY_FILE', 'CAIRN_KEY', 'CAIRN_OIDC_ISSUER', 'CAIRN_OIDC_AUDIENCE', 'CAIRN_OIDC_ROLES_CLAIM',
  'CAIRN_OIDC_SITES_CLAIM', 'CAIRN_OIDC_STAFF_CLAIM', 'CAIRN_LOG_LEVEL', 'CAIRN_TRUST_PROXY', 'CAIRN_BODY_LIMIT_KB',
] as const;

/** @throws ConfigInvalid naming every variable at fault, unknown `CAIRN_*` included */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  for (const name of Object.keys(env)) if (name.startsWith('CAIRN_') && !(variables as readonly string[]).includes(name)) faults.push(`${name} is not a setting of Cairn. It has: ${variables.join(', ')}.`);
  const text = (name: (typeof variables)[number] | 'DATABASE_URL') => (env[name] === '' ? undefined : env[name]);
  const whole = (name: (typeof variables)[number], fallback: number, min: number, max: number) => {
    const given = text(name);
    if (given === undefined) return fallback;
    if (!/^\d+$/.test(given) || Number(given) < min || Number(given) > max) faults.push(`${name} is "${given}"; it must be a whole number from ${min} to ${max}.`);
    return Number(given);
  };
  if (env['KURRENTDB_URL']) faults.push('KURRENTDB_URL is set, but this release keeps events in PostgreSQL only. Unset it.');
  const logLevel = text('CAIRN_LOG_LEVEL') ?? 'info';
  if (!['fatal', 'error', 'warn', 'info', 'debug', 'silent'].includes(logLevel)) faults.push(`CAIRN_LOG_LEVEL is "${logLevel}"; it must be fatal, error, warn, info, debug or silent.`);
  const oidcIssuer = text('CAIRN_OIDC_ISSUER');
  if (oidcIssuer !== undefined && !/^https?:$/.test(URL.parse(oidcIssuer)?.protocol ?? '')) faults.push(`CAIRN_OIDC_ISSUER is "${oidcIssuer}"; it must be the address of your sign-in service, such as https://id.example.org.`);
  const dataDir = resolve(text('CAIRN_DATA_DIR') ?? 'data');
  const config: Config = {
    host: text('CAIRN_HOST') ?? '127.0.0.1',
    port: whole('CAIRN_PORT', 4400, 0, 65_535),
    dataDir,
    databaseUrl: text('DATABASE_URL'),
    keyFile: resolve(text('CAIRN_KEY_FILE') ?? `${dataDir}/keys/key-encryption-key`),
    key: text('CAIRN_KEY'),
    oidcIssuer,
    audience: text('CAIRN_OIDC_AUDIENCE') ?? 'cairn',
    claims: { roles: text('CAIRN_OIDC_ROLES_CLAIM') ?? 'roles', sites: text('CAIRN_OIDC_SITES_CLAIM') ?? 'sites', staff: text('CAIRN_OIDC_STAFF_CLAIM') ?? 'staff' },
    logLevel,
    trustProxy: text('CAIRN_TRUST_PROXY'),
    bodyLimitBytes: whole('CAIRN_BODY_LIMIT_KB', 256, 1, 10_240) * 1024,
    production: env['NODE_ENV'] === 'production',
  };
  if (faults.length > 0) throw new ConfigInvalid(faults);
  return config;
}
