import { ask, isDone, problemOf, wordsOf, type Answer } from '../http.js';
import type { Tokens } from '../people.js';
import { Entries, type Refusal } from './entries.js';
import type { Correction, Prepared, Telling } from './format.js';
import type { Receipts } from './receipts.js';

export interface Outcome {
  readonly line: Prepared;
  /** `held-back`: not sent, because an earlier line it comes after was refused. */
  readonly outcome: 'recorded' | 'already-there' | 'refused' | 'held-back';
  /** The entries that the line made, now or in an earlier run. */
  readonly events: readonly string[];
  readonly code?: string;
  readonly message?: string;
}

interface Destination {
  readonly url: string;
  readonly tokens: Tokens;
  readonly receipts: Receipts;
}

/**
 * Sends the lines one after the other, each exactly once however often this is run. A refusal holds back the later lines of the same
 * participant, and that of a programme line all that follow: what comes after was written in the belief that it stands.
 *
 * @throws Failure when the service is not there any more; what was sent before stays recorded
 */
export async function* send(lines: readonly Prepared[], destination: Destination): AsyncGenerator<Outcome> {
  const sender = new Sender(lines, destination);
  for (const line of lines) yield await sender.one(line);
}

class Sender {
  private readonly entries: Entries;
  private readonly held = new Map<string, number>();
  private readonly programmes = new Map<string, string>();

  constructor(
    lines: readonly Prepared[],
    private readonly to: Destination,
  ) {
    this.entries = new Entries(lines, (line, path) => this.get(line, path));
  }

  async one(line: Prepared): Promise<Outcome> {
    const whose = line.participant?.id ?? '';
    const refused = this.held.get('') ?? this.held.get(whose);
    if (refused !== undefined) return { line, outcome: 'held-back', events: [], message: `line ${refused} was refused` };
    const outcome = line.participant ? await this.aboutParticipant(line) : await this.aboutProgramme(line);
    if (outcome.outcome === 'refused') this.held.set(whose, line.line);
    else {
      await this.to.receipts.keep(line.key, outcome.events);
      this.entries.made(line, outcome.events);
    }
    return outcome;
  }

  private async aboutParticipant(line: Prepared): Promise<Outcome> {
    const known = await this.entries.before(line);
    // What one request records it records whole; and of a registration the history shows only the participant's part.
    const isKnown = (events: readonly string[]) => events.some((event) => known.has(event));
    const receipt = this.to.receipts.of(line.key);
    if (receipt && isKnown(receipt)) return { line, outcome: 'already-there', events: receipt };
    const answer = line.kind === 'telling' ? await this.tell(line) : await this.correct(line);
    if ('refused' in answer) return { line, outcome: 'refused', events: [], ...answer.refused };
    return judged(line, answer, (events) => !isKnown(events));
  }

  /** A programme has no history to look into: what the service says of it before and after tells whether anything was recorded. */
  private async aboutProgramme(line: Prepared): Promise<Outcome> {
    if (line.kind === 'correction') throw new Error('A programme is not corrected.');
    const path = line.path.split('/').slice(0, 4).join('/');
    const before = this.programmes.get(path) ?? JSON.stringify(await this.get(line, path));
    const answer = await this.tell(line);
    const after = JSON.stringify(await this.get(line, path));
    this.programmes.set(path, after);
    return judged(line, answer, () => before !== after);
  }

  private async tell({ as, person, method, path, body, key }: Telling): Promise<Answer> {
    return ask(this.to.url, { method, path, token: await this.to.tokens(as, person), headers: { 'idempotency-key': key }, body });
  }

  private async correct(line: Correction): Promise<Answer | { refused: Refusal }> {
    for (let attempt = 1; ; attempt++) {
      const request = await this.entries.requestFor(line);
      if ('refused' in request) return request;
      const { path, body, ifMatch, foreign } = request;
      const token = await this.to.tokens(line.as, line.person);
      const answer = await ask(this.to.url, { method: 'POST', path, token, headers: { 'idempotency-key': line.key, 'if-match': ifMatch }, body });
      if (answer.status !== 412) return answer;
      if (foreign) return { refused: { code: 'corrected-elsewhere', message: 'This entry was corrected by someone else since. Look at its history; if your correction still holds, make it there.' } };
      if (attempt === 3) return answer;
    }
  }

  private async get({ as, person }: Prepared, path: string): Promise<Answer> {
    return ask(this.to.url, { path, token: await this.to.tokens(as, person) });
  }
}

function judged(line: Prepared, answer: Answer, isNew: (events: readonly string[]) => boolean): Outcome {
  if (!isDone(answer)) {
    const problem = problemOf(answer);
    return { line, outcome: 'refused', events: [], code: problem.code, message: wordsOf(problem) };
  }
  const { events } = answer.body as { events: readonly string[] };
  return { line, outcome: events.length > 0 && isNew(events) ? 'recorded' : 'already-there', events };
}
