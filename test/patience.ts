import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/** Looks again and again, for a minute at most, until there is an answer. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain.`);
    await pause(15);
  }
}

/** Asks, and asks again while the answer is that the read models have not come so far, as it says: for a minute at most. */
export async function onceCaughtUp<Answer extends { readonly status: number }>(ask: () => Promise<Answer>, textOf: (answer: Answer) => string): Promise<Answer> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || !textOf(answer).includes('"code":"not-caught-up"') || Date.now() > end) return answer;
    await pause(15);
  }
}
