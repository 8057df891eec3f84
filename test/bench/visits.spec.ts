import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from './client.js';
import { Visits } from './visits.js';

interface Visit {
  readonly participant: string;
  readonly session: string;
  readonly at: string;
}

let server: Server;
let client: Client;
let seen: Visit[] = [];
let status = 200;
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, , , participant = '', , session = ''] = (request.url ?? '').split('/');
      const { occurred } = JSON.parse(Buffer.concat(chunks).toString()) as { occurred: { at: string } };
      seen.push({ participant, session, at: occurred.at });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ events: [`event of ${session}`] }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a token', 4);
});
beforeEach(() => {
  seen = [];
  status = 200;
});
afterAll(async () => {
  await client.close();
  server.close();
});

it('gives everybody ten visits on ten days, so many people at a time, and then others theirs', async () => {
  const visits = new Visits(['a', 'b', 'c', 'd'], 2);
  for (let n = 0; n < 40; n++) await visits.record(client);
  expect(seen.slice(0, 20).map(({ participant }) => participant).join('')).toBe('ab'.repeat(10));
  expect(seen.slice(20).map(({ participant }) => participant).join('')).toBe('cd'.repeat(10));
  for (const of of Map.groupBy(seen, ({ participant }) => participant).values()) expect(new Set(of.map(({ at }) => at)).size).toBe(10);
  expect(new Set(seen.map(({ session }) => session)).size).toBe(40);
  expect(visits.receipts).toEqual(seen.map(({ session }) => `event of ${session}`));
});

it('begins again with the first, on other days, when there are no more people', async () => {
  const visits = new Visits(['a', 'b'], 2);
  for (let n = 0; n < 40; n++) await visits.record(client);
  for (const of of Map.groupBy(seen, ({ participant }) => participant).values()) expect(new Set(of.map(({ at }) => at)).size).toBe(20);
});

it('counts nothing that was not answered well', async () => {
  const visits = new Visits(['a'], 1);
  status = 503;
  await expect(visits.record(client)).rejects.toThrow('503');
  expect(visits.receipts).toEqual([]);
});
