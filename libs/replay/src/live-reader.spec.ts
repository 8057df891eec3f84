import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { entryOf } from '@cairn/kernel/testing.js';
import { sinkOf } from './live.controller.js';
import { LiveReader, MOST_WAITING, type Batch } from './live-reader.js';

/* A reader on a real connection, whose other end takes what it likes. */
let server: Server;
let opened: (response: ServerResponse) => void;
beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(200);
    response.write('begun\n');
    opened(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function connection(): Promise<{ here: ServerResponse; there: IncomingMessage }> {
  const response = new Promise<ServerResponse>((resolve) => (opened = resolve));
  const there = new Promise<IncomingMessage>((resolve) => get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, resolve));
  return { here: await response, there: await there };
}

const batch = (from: number, count: number): Batch => ({ entries: Array.from({ length: count }, (_, i) => entryOf({ type: 'Told', data: {} }, from + i)), whereabouts: async () => undefined });
const frames = (size: number) => async ({ entries }: Batch) => entries.map(({ position }) => `${position} ${'x'.repeat(size)}\n`).join('');

describe('a reader of the live stream', () => {
  it('gets each entry once and in order, whatever it was offered twice, and nothing from before it began', async () => {
    const { here, there } = await connection();
    let text = '';
    there.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const reader = new LiveReader(sinkOf(here), frames(1), 3, () => undefined);
    reader.listen();
    void reader.run();
    for (const [from, count] of [[1, 5], [4, 4], [8, 1], [2, 2]] as const) reader.offer(batch(from, count));
    while (!text.includes('\n8 ')) await sleep(5);
    reader.end();
    await once(there, 'end');
    expect(text.match(/^\d+/gm)).toEqual(['4', '5', '6', '7', '8']);
  });

  it('that takes nothing is let go before much is kept for it, and is told of as slow', async () => {
    const { here, there } = await connection();
    there.pause();
    const broken = new Promise((resolve) => there.once('close', resolve));
    there.on('error', () => undefined);
    let slow = 0;
    const reader = new LiveReader(sinkOf(here), frames(20_000), 0, () => slow++);
    reader.listen();
    const running = reader.run();
    let offered = 0;
    while (!reader.ended && offered < 5_000) {
      reader.offer(batch(offered + 1, 10));
      offered += 10;
      await sleep(1);
    }
    await running;
    there.resume();
    await broken;
    expect(slow).toBe(1);
    expect(offered).toBeLessThan(MOST_WAITING + 2_000);
    expect(there.complete).toBe(false);
  });

  it('that takes nothing is let go at the next heartbeat', async () => {
    const { here, there } = await connection();
    there.pause();
    there.on('error', () => undefined);
    const reader = new LiveReader(sinkOf(here), frames(12_000_000), 0, () => undefined);
    reader.listen();
    void reader.run();
    reader.offer(batch(1, 1));
    while (!here.writableNeedDrain) await sleep(5);
    reader.heartbeat();
    expect(reader.ended).toBe(true);
  });

  it('that has left ends its own work', async () => {
    const { here, there } = await connection();
    const reader = new LiveReader(sinkOf(here), frames(12_000_000), 0, () => undefined);
    reader.listen();
    const running = reader.run();
    reader.offer(batch(1, 1));
    there.on('error', () => undefined);
    there.destroy();
    await once(here, 'close');
    reader.end();
    await running;
    expect(reader.ended).toBe(true);
  });
});
