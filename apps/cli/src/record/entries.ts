import { isDone, problemOf, wordsOf, type Answer } from '../http.js';
import type { Correction, Prepared } from './format.js';

/** As `GET /v1/participants/{participant}/history` answers. */
interface History {
  readonly streams: Readonly<Record<string, { readonly etag: string }>>;
  readonly entries: readonly HistoryEntry[];
}

interface HistoryEntry {
  readonly id: string;
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly withheld?: readonly string[];
  readonly corrections?: readonly { readonly id: string }[];
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

interface CorrectionRequest {
  readonly path: string;
  readonly body: object;
  readonly ifMatch: string;
  /** Whether somebody besides the earlier lines corrected the entry. */
  readonly foreign: boolean;
}

type Get = (line: Prepared, path: string) => Promise<Answer>;
type Facts = Readonly<Record<string, unknown>>;

/** The entries of the participants a file is about: those there before it was run, and those its lines made. */
export class Entries {
  private readonly tellers = new Map<string, Map<string, Prepared>>();
  private readonly there = new Map<string, Promise<ReadonlySet<string>>>();
  private readonly byLine = new Map<number, readonly string[]>();
  private readonly amended = new Map<string, { facts: Facts[]; corrections: string[] }>();

  constructor(
    lines: readonly Prepared[],
    private readonly get: Get,
  ) {
    for (const line of lines) {
      if (!line.participant) continue;
      const tellers = this.tellers.get(line.participant.id) ?? new Map<string, Prepared>();
      this.tellers.set(line.participant.id, tellers.set(line.as, tellers.get(line.as) ?? line));
    }
  }

  /** Ids of the entries that anyone who tells of the participant could see before the first of these lines was sent. */
  before({ participant }: Prepared): Promise<ReadonlySet<string>> {
    const id = participant?.id ?? '';
    const known = this.there.get(id) ?? this.seen(id);
    this.there.set(id, known);
    return known;
  }

  /** Notes what a line made. */
  made(line: Prepared, events: readonly string[]): void {
    this.byLine.set(line.line, events);
    const entry = line.kind === 'correction' ? this.entryOf(line) : undefined;
    if (line.kind !== 'correction' || entry === undefined) return;
    const before = this.amended.get(entry) ?? { facts: [], corrections: [] };
    this.amended.set(entry, { facts: [...before.facts, line.facts], corrections: [...before.corrections, ...events] });
  }

  /**
   * The request a correction makes. An amendment's whole new value is the entry as first written, with what the file's lines change,
   * one after the other: the same in every run, so that its Idempotency-Key holds.
   */
  async requestFor(line: Correction): Promise<CorrectionRequest | { refused: Refusal }> {
    const id = this.entryOf(line);
    if (id === undefined) return refused('entry-not-made-here', 'The line to correct recorded nothing of its own: the same fact was there before. Name its entry by id ("entry", with "participant"); the history shows it.');
    const answer = await this.get(line, `/v1/participants/${line.participant.id}/history`);
    if (!isDone(answer)) return refused(problemOf(answer).code, wordsOf(problemOf(answer)));
    const { entries, streams } = answer.body as History;
    const entry = entries.find((each) => each.id === id);
    if (!entry) return refused('entry-unknown', `There is no entry ${id} in the history that ${line.as} may see.`);
    const earlier = this.amended.get(id) ?? { facts: [], corrections: [] };
    const foreign = (entry.corrections ?? []).some((correction) => !earlier.corrections.includes(correction.id));
    const reason = line.because && { reason: line.because };
    const path = `/v1/participants/${line.participant.id}/entries/${id}/${line.do}`;
    const etag = streams[entry.stream]?.etag ?? '';
    if (line.do === 'void') return { path, body: { why: line.why, ...reason }, ifMatch: etag, foreign: false };
    if (entry.withheld?.some((field) => field.startsWith('data.'))) return refused('entry-not-whole', `${line.as} does not see the whole entry, and an amendment tells it whole. Let another role amend it.`);
    const data = Object.fromEntries(Object.entries(Object.assign({}, entry.data, ...earlier.facts, line.facts) as Facts).filter(([, value]) => value !== null));
    // The service looks at the key before it looks at If-Match: a repeat gets its receipt, and anything else must not undo what others corrected.
    return { path, body: { data, ...(line.occurred && { occurred: line.occurred }), ...reason }, ifMatch: foreign ? '"corrected-elsewhere"' : etag, foreign };
  }

  private entryOf({ entry }: Correction): string | undefined {
    return 'id' in entry ? entry.id : this.byLine.get(entry.line)?.[entry.part - 1];
  }

  private async seen(participant: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for (const line of this.tellers.get(participant)?.values() ?? []) {
      const answer = await this.get(line, `/v1/participants/${participant}/history`);
      if (isDone(answer)) for (const { id } of (answer.body as History).entries) ids.add(id);
    }
    return ids;
  }
}

function refused(code: string, message: string): { refused: Refusal } {
  return { refused: { code, message } };
}
