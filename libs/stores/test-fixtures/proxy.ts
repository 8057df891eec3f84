import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@cairn/postgres/connection.js';

/** A line to the server that can be cut at the worst of moments. */
export interface Proxy {
  readonly connection: Connection;
  /** Cuts the connection on which this text is sent next, when the server answers: what was asked is done, nobody is told, and the server hears of no cut. */
  swallowAnswerTo(text: string): void;
  /** How many connections were cut. */
  cuts(): number;
  close(): Promise<void>;
}

export async function proxyTo(connection: Connection): Promise<Proxy> {
  const host = await mkdtemp(join(tmpdir(), 'cairn-proxy-'));
  const sockets = new Set<Socket>();
  let text: string | undefined;
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(`${connection.host}/.s.PGSQL.${connection.port}`);
    let swallow = false;
    const cut = () => {
      if (!swallow) for (const socket of [near, far]) if (sockets.delete(socket)) socket.destroy();
    };
    for (const socket of [near, far]) sockets.add(socket.on('error', cut).on('close', cut));
    near.on('data', (sent) => {
      if (text !== undefined && sent.includes(text)) {
        swallow = true;
        text = undefined;
      }
      far.write(sent);
    });
    far.on('data', (answer) => {
      if (!swallow) return near.write(answer);
      if (near.destroyed) return;
      cuts += 1;
      sockets.delete(near);
      return near.destroy();
    });
  });
  server.listen(join(host, `.s.PGSQL.${connection.port}`));
  await once(server, 'listening');
  return {
    connection: { ...connection, host },
    swallowAnswerTo: (next) => (text = next),
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(host, { recursive: true, force: true });
    },
  };
}
