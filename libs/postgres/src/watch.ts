import { identityOf, isAlive, type ProcessIdentity } from './process-identity.js';
import { codeOf, messageOf } from './start-error.js';

const LOOK_EVERY_MS = 500;

/**
 * Looks after a server's process and has it started `again` when it is gone, until the answer is called. It keeps no process alive
 * and never throws: what goes wrong is said once in the log and tried again, until there is no data directory any more.
 */
export function watchOver(firstPid: number, again: () => Promise<number>, log: (message: string) => void): () => void {
  let server: ProcessIdentity | undefined;
  let pid = firstPid;
  let looking = false;
  let complaint = '';

  const look = async (): Promise<void> => {
    server ??= await identityOf(pid);
    if (server && (await isAlive(server))) return;
    log(`PostgreSQL, process ${pid}, ended unasked; it is started again`);
    pid = await again();
    server = await identityOf(pid);
    complaint = '';
  };

  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') clearInterval(timer);
        if (messageOf(error) !== complaint) log(`PostgreSQL could not be started again: ${messageOf(error)}`);
        complaint = messageOf(error);
      })
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
