// Uses a data directory's server until told `release` on its input: member.mjs <data directory>. Says what happens, one JSON line each.
import { startEmbedded } from '../src/embedded.ts';
import { signedIn } from '../src/connection.ts';

const say = (message) => console.log(JSON.stringify(message));
process.on('SIGINT', () => say({ interrupted: true }));
try {
  const began = performance.now();
  const server = await startEmbedded({ dataDir: process.argv[2], log: (line) => say({ log: line }) });
  say({ ready: { pid: server.pid, connection: server.connection, ms: performance.now() - began } });
  process.stdin.setEncoding('utf8').on('data', async (line) => {
    if (line.startsWith('query ')) {
      const { rows } = await signedIn(server.connection, (client) => client.query(line.slice('query '.length)));
      return say({ rows });
    }
    await server.release();
    say({ released: true });
    process.exit();
  });
} catch (error) {
  say({ failed: { code: error.code, message: error.message } });
  process.exitCode = 1;
}
