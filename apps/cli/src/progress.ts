import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** A bar on the error output, so that what is printed can be piped; silent where nobody looks. */
export function progressIn({ interactive }: Pick<Terminal, 'interactive'>, what: string): { moved: (done: number, total: number) => void; stop: () => void } {
  if (!interactive) return { moved: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ stream: process.stderr, format: `${what} {bar} {value} of {total} events`, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  let begun = false;
  return {
    moved: (done, total) => {
      if (!begun) bar.start(total, done);
      else bar.update(done);
      begun = true;
    },
    stop: () => {
      if (begun) bar.stop();
    },
  };
}
