import { Agent, request } from 'node:http';

export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly token?: string | undefined;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** `name: value`, in the order sent; all but Date, which tells the time. */
  readonly headers: readonly string[];
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** @throws Error when there is no answer */
export function send(url: string, { method, path, token, body, headers = {} }: Sent): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const given = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { method, agent, headers: given }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: lines(response.rawHeaders), body: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

export function header({ headers }: Answer, name: string): string | undefined {
  return headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

export function json({ body }: Answer): unknown {
  return JSON.parse(body);
}

export function codeOf(answer: Answer): string | undefined {
  return (json(answer) as { code?: string }).code;
}

function lines(raw: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < raw.length; at += 2) found.push(`${(raw[at] ?? '').toLowerCase()}: ${raw[at + 1] ?? ''}`);
  return found.filter((line) => !line.startsWith('date: '));
}
