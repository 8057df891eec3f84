import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again, for 60 s at most, until there is an answer. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error('Waited 60 s in vain.');
    await pause(15);
  }
}
