import { readFile } from 'node:fs/promises';
import { isRole, roles, type Role } from '@cairn/access/roles.js';
import { SignInKeyUnusable } from '@cairn/access/sign-in/key.js';
import { mintToken } from '@cairn/access/sign-in/mint.js';
import type { Config } from '@cairn/assembly/config.js';
import { exits, Failure } from './failure.js';
import type { Found } from './service.js';

/** Somebody in whose name the service is spoken to. */
export interface Person {
  readonly role: Role;
  /** The subject of their token. */
  readonly subject: string;
  readonly sites: readonly string[];
  /** A worker's is their subject when left out. */
  readonly staff?: string;
  /** What they sign with. */
  readonly name?: string;
}

/** A bearer token for a person, by their name in the file at hand. */
export type Tokens = (name: string, person: Person) => Promise<string>;

const LIFE_S = 3600;

/** @throws Failure naming the roles there are */
export function roleOf(name: string): Role {
  if (isRole(name)) return name;
  throw new Failure(exits.unusable, `There is no role "${name}".`, `The roles are: ${roles.join(', ')}.`);
}

/**
 * A token as the service's own sign-in issues them.
 *
 * @throws Failure when the service signs people in elsewhere, or its key cannot be used
 */
export async function mint({ dataDir, audience, oidcIssuer }: Config, { url }: Found, person: Person, expiresInSeconds: number): Promise<string> {
  if (oidcIssuer !== undefined)
    throw new Failure(exits.unusable, `People sign in at ${oidcIssuer} (CAIRN_OIDC_ISSUER), whose tokens Cairn cannot make.`, 'Get tokens from that provider; "cairn record" and "cairn import" take them with --tokens FILE.');
  const { role, ...account } = person;
  try {
    return await mintToken({ dataDir, issuer: `${url}/sign-in`, audience, account: { ...account, roles: [role] }, expiresInSeconds });
  } catch (error) {
    if (!(error instanceof SignInKeyUnusable)) throw error;
    const [what = '', ...next] = error.message.split(/(?<=\.) (?=[A-Z])/);
    throw new Failure(exits.unusable, what, next.join(' ') || 'Start the service once on this data directory.');
  }
}

/** Tokens minted as they are needed and again before they expire, or those of a file: `{ "name": "token" }`. */
export async function tokensOf(config: Config, found: Found, file?: string): Promise<Tokens> {
  if (file !== undefined) {
    const given = await tokensIn(file);
    return async (name) => {
      const token = given[name];
      if (typeof token !== 'string') throw new Failure(exits.unusable, `${file} holds no token for "${name}".`, 'Give one for every name that the file records as: { "name": "token" }.');
      return token;
    };
  }
  const minted = new Map<string, { token: string; until: number }>();
  return async (name, person) => {
    const known = minted.get(name);
    if (known && known.until > Date.now()) return known.token;
    const token = await mint(config, found, person, LIFE_S);
    minted.set(name, { token, until: Date.now() + (LIFE_S - 300) * 1000 });
    return token;
  };
}

async function tokensIn(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Failure(exits.unusable, `${file} cannot be read as tokens (${error instanceof SyntaxError ? 'not JSON' : ((error as NodeJS.ErrnoException).code ?? 'unknown reason')}).`, 'It is JSON: { "name in the file": "token" }.');
  }
}
