import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

const answers = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, title: 'Too slow', code: 'request-timeout', detail: 'The request did not arrive whole in time. Send it again.' },
  HPE_HEADER_OVERFLOW: { status: 431, title: 'Headers too large', code: 'headers-too-large', detail: 'The headers are larger than this service takes. Send fewer or shorter ones.' },
};
const malformed = { status: 400, title: 'Invalid request', code: 'malformed', detail: 'This is no HTTP request that can be read.' };

/** Answers what is no HTTP request, or not whole, in the same words as everything else; there is no request to answer otherwise. */
export function answerUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return;
  const { status, ...known } = code !== undefined && code in answers ? answers[code as keyof typeof answers] : malformed;
  const body = JSON.stringify({ type: `urn:cairn:problem:${known.code}`, title: known.title, status, code: known.code, detail: known.detail, requestId: randomUUID() });
  const head = [`HTTP/1.1 ${status} ${known.title}`, 'Content-Type: application/problem+json', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
