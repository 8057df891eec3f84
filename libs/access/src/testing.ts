import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

export interface IssuedKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

export async function issuedKey(alg = 'ES256'): Promise<IssuedKey> {
  return { kid: randomUUID(), alg, ...(await generateKeyPair(alg, { extractable: true })) };
}

/** Someone else's sign-in service, as far as a verifier sees one: discovery and keys over HTTP, up and down at will. */
export class TestIssuer {
  private server: Server | undefined;
  private port = 0;
  private keys: IssuedKey[] = [];
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  /** Fields of the discovery document to answer otherwise. */
  discovery: Record<string, unknown> = {};

  static async start(...keys: IssuedKey[]): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    issuer.publish(...keys);
    await issuer.up();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/realms/care`;
  }

  publish(...keys: IssuedKey[]): void {
    this.keys = keys;
  }

  /** On the port it had before, if any. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      void this.answer(request.url).then((body) => {
        response.writeHead(body ? 200 : 404, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body ?? {}));
      });
    });
    this.server = server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    if (!this.server) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    this.server = undefined;
  }

  private async answer(url: string | undefined): Promise<object | undefined> {
    if (url === '/realms/care/.well-known/openid-configuration') return { issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.discovery };
    if (url !== '/realms/care/keys') return undefined;
    return { keys: await Promise.all(this.keys.map(async ({ kid, alg, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }))) };
  }
}

/** Signs claims as they are, with a minute to live unless they say otherwise. */
export function signed(claims: JWTPayload, { privateKey, ...key }: IssuedKey, header: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now, exp: now + 60, ...claims }).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(privateKey);
}
