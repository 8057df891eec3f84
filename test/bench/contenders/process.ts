import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Connection } from '@cairn/postgres/connection.js';
import { databasesOn, type Databases } from '../place.js';
import { told } from '../servers/told.js';
import { cairn } from './cairn.js';
import { castore } from './castore.js';
import type { Contender } from './contender.js';
import { emmett } from './emmett.js';
import { attended } from './facts.js';
import { messageDb } from './message-db.js';
import { raw } from './raw.js';
import type { Answer, Name, Task } from './task.js';
import { arriving, closed, type Observe } from './windows.js';

const makers: Readonly<Record<Name, (place: Databases) => Promise<Contender>>> = { cairn, raw, emmett, 'message-db': messageDb, castore };

const say = (answer: Answer) => process.send?.(answer);

/** Says that it is ready, and waits for the word. */
async function halt(): Promise<void> {
  const word = once(process, 'message');
  say({ ready: true });
  await word;
}

const observe: Observe = async (work) => {
  await halt();
  const result = await work();
  await halt();
  return result;
};

async function serve(name: Name, connection: Connection): Promise<void> {
  const contender = await makers[name](databasesOn(connection));
  await tryOut(contender);
  process.on('disconnect', () => process.exit());
  say({ ready: true });
  for (;;) {
    const [task] = (await once(process, 'message')) as [Task];
    // What the checker made in the window before is not collected in this one. Not the whole heap: after that it would be allowed so little that it were collected again within the window.
    globalThis.gc?.({ type: 'minor' });
    say({ figures: await ('closed' in task ? closed(observe, contender, task.closed, task.windowMs) : arriving(observe, contender, task.perSecond, task.windowMs)) });
  }
}

async function tryOut(contender: Contender): Promise<void> {
  const opened = await contender.open(1);
  const subject = randomUUID();
  await opened.append(subject, -1, [attended()]);
  await opened.append(subject, 0, [attended(), attended()]);
  await opened.close();
}

const { name, connection } = told() as { name: Name; connection: Connection };
await serve(name, connection).catch((error: unknown) => say({ failed: error instanceof Error ? error.message : String(error) }));
