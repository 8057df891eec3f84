import { Pool } from 'undici';

/** Sends requests on connections that stay open. It shares the machine with whom it measures, so it does no more than send, listen and look at the status. */
export class Client {
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly token: string,
    connections: number,
  ) {
    this.pool = new Pool(url, { connections });
  }

  /** What it was answered. @throws Error when that was no 200 or 201 */
  send(method: 'GET' | 'PUT', path: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      const headers = { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
      this.pool.dispatch({ method, path, headers, body: body ?? null }, {
        onRequestStart() {},
        onResponseStart(_, code) {
          status = code;
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const text = Buffer.concat(chunks).toString();
          if (status === 200 || status === 201) resolve(text);
          else reject(new Error(`${method} ${path} was answered ${status}: ${text}`));
        },
        onResponseError(_, error) {
          reject(error);
        },
      });
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
