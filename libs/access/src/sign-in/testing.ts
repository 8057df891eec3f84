import { createHash, randomBytes } from 'node:crypto';

/** A browser as far as a sign-in needs one: it keeps cookies by path and follows nothing by itself. */
export class Browser {
  private readonly jar = new Map<string, { name: string; path: string; value: string }>();

  async open(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.jar.values()].filter(({ path }) => pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { accept: 'text/html', cookie: cookie.join('; '), ...(init.headers as Record<string, string>) } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (value === '') this.jar.delete(`${name} ${path}`);
      else this.jar.set(`${name} ${path}`, { name, path, value });
    }
    return response;
  }

  paths(): string[] {
    return [...this.jar.values()].map(({ path }) => path);
  }
}

/** A client's secret for one sign-in, and what it tells beforehand (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
