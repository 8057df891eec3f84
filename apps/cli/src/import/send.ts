import { ask, isDone, problemOf, wordsOf } from '../http.js';
import type { Tokens } from '../people.js';
import type { Telling } from '../record/format.js';

/** How many requests are under way at once: enough to keep the service busy, few enough that it can still answer people. */
const AT_ONCE = 16;

export interface Sent {
  readonly recorded: number;
  readonly alreadyThere: number;
  /** The first that the service refused; what came after it in the row was not sent. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

/**
 * Sends the lines of rows: those of one participant in the order given, those of different participants side by side.
 * Each line carries the same Idempotency-Key in every run, so what an earlier run recorded is answered as such and recorded once.
 */
export class RowSender {
  private readonly behind = new Map<string, Promise<unknown>>();
  private readonly turns = new Turns();

  constructor(
    private readonly url: string,
    private readonly tokens: Tokens,
  ) {}

  /**
   * @param tellings asked when the row's turn comes
   * @param done told before the participant's next row has its turn
   * @throws Failure when the service is not there any more; what was sent before stays recorded
   */
  send(participant: string, tellings: () => readonly Telling[], done: (sent: Sent) => void): Promise<Sent> {
    const before = this.behind.get(participant) ?? Promise.resolve();
    const sent = before.then(() => this.row(tellings())).then((answer) => {
      done(answer);
      return answer;
    });
    this.behind.set(participant, sent);
    const forget = () => void (this.behind.get(participant) === sent && this.behind.delete(participant));
    sent.then(forget, forget);
    return sent;
  }

  private async row(tellings: readonly Telling[]): Promise<Sent> {
    let [recorded, alreadyThere] = [0, 0];
    for (const telling of tellings) {
      const answer = await this.turns.take(async () => ask(this.url, { ...telling, token: await this.tokens(telling.as, telling.person), headers: { 'idempotency-key': telling.key } }));
      if (!isDone(answer)) return { recorded, alreadyThere, refusal: { code: problemOf(answer).code, message: wordsOf(problemOf(answer)) } };
      const { events } = answer.body as { events: readonly string[] };
      if (events.length > 0 && !answer.repeated) recorded++;
      else alreadyThere++;
    }
    return { recorded, alreadyThere };
  }
}

/** Lets so many requests be under way, and the others wait their turn. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private free = AT_ONCE;

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((turn) => void this.waiting.push(turn));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

/** Works on up to `many` items at once and answers in their order. */
export async function* inOrder<T, R>(items: AsyncIterable<T>, many: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const under: Promise<R>[] = [];
  for await (const item of items) {
    const done = work(item);
    done.catch(() => undefined);
    under.push(done);
    if (under.length >= many) yield (await under.shift()) as R;
  }
  for (const done of under) yield await done;
}
