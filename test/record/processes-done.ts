import { setTimeout as pause } from 'node:timers/promises';

interface Standing {
  readonly runHere: boolean;
  readonly behind: number | null;
  readonly each: Readonly<Record<string, { readonly behind: number | null; readonly refused: number }>>;
  readonly stopped?: string;
}

async function processesOf(url: string): Promise<Standing & { readonly modelsBehind: number | null }> {
  const { processes, readModels } = (await (await fetch(`${url}/ready`)).json()) as { processes: Standing; readModels: { behind: number | null } };
  return { ...processes, modelsBehind: readModels.behind };
}

/** Waits until the processes have done with everything there is, and the read models hold what they did. */
export async function processesDone(url: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const { behind, modelsBehind, stopped } = await processesOf(url);
    if (stopped !== undefined) throw new Error(stopped);
    if (behind === 0 && modelsBehind === 0) return;
    await pause(20);
  }
  throw new Error(`The processes are behind after 60 s: ${JSON.stringify(await processesOf(url))}`);
}
