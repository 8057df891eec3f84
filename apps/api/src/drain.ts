import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const DRAIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

/**
 * Counts, from now on, what the listening service is asked. The answer, when called, takes no more connections, lets what was asked
 * on those there are be answered, and closes them; after ten seconds even so.
 */
export function drainOf(app: NestFastifyApplication): () => Promise<void> {
  const server = app.getHttpServer();
  let underWay = 0;
  server.on('request', (_: IncomingMessage, response: ServerResponse) => {
    underWay += 1;
    response.once('close', () => (underWay -= 1));
  });
  return async () => {
    const until = Date.now() + DRAIN_MS;
    // A connection on which nothing is asked, such as browsers keep in reserve, would hold the server open for ever.
    const look = setInterval(() => {
      if (underWay === 0 || Date.now() > until) server.closeAllConnections();
    }, LOOK_EVERY_MS);
    await app.close().finally(() => clearInterval(look));
  };
}
