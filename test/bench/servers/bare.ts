/** The least a server can do and still keep what it is sent: a body parsed, sealed and appended through the same store. Started by the http section. */
import { createServer } from 'node:http';
import type { Connection } from '@cairn/postgres/connection.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import { encoder } from '../contenders/cairn.js';
import { happening } from '../contenders/facts.js';
import { told } from './told.js';

const { connection } = told() as { connection: Connection };
const store = await PostgresEventStore.open(connection);
const encode = encoder();
const revisions = new Map<string, number>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [, , , subject = '', , session = ''] = (request.url ?? '').split('/');
    const { occurred, ...data } = JSON.parse(Buffer.concat(chunks).toString()) as { occurred: { at: string } };
    const expected = revisions.get(subject) ?? -1;
    revisions.set(subject, expected + 1);
    const answer = async () => {
      const write = await encode(subject, expected, [happening('SessionAttended', { session, worker: 'w1', ...data }, occurred.at)]);
      await store.append([write]);
      return write.events.map(({ id }) => id);
    };
    answer().then(
      (events) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ events })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' && address ? address.port : 0 })}\n`);
});
process.once('SIGTERM', () => void store.close().finally(() => process.exit()));
