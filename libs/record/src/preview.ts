import { Injectable } from '@nestjs/common';
import { IsIn, IsOptional } from 'class-validator';
import { Unknown } from '@cairn/access/denied.js';
import { redact } from '@cairn/access/redact.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Work } from '@cairn/journal/work.js';
import { fold } from '@cairn/kernel/decider.js';
import { differencesOf, type Difference } from '@cairn/kernel/differences.js';
import { categoryOf, type Entry } from '@cairn/kernel/envelope.js';
import { effective, remains } from '@cairn/kernel/history.js';
import { refold, type ReadModel, type Row } from '@cairn/kernel/read-model.js';
import { same } from '@cairn/kernel/same.js';
import { outcomeRows } from './acute-care/outcomes.read.js';
import type { Aspect } from './aspects.js';
import { askedOf } from './case-record.js';
import { summaryOf, type CaseRows } from './case-summary.js';
import type { Summary } from './case-views.js';
import { Cases } from './cases.js';
import { ProgrammeContexts } from './contexts.js';
import { participantRows } from './participants/participants.read.js';
import { Places } from './places.js';
import type { QueryClosed, SignatureDropped } from './review/events.js';
import { reviewedRows } from './review/reviewed.read.js';
import { courseRows } from './support/courses.read.js';
import { sessionRows } from './support/sessions.read.js';
import { workbookRows } from './workbook/workbooks.read.js';

export class PreviewQuery {
  /** Answers what would change, and writes nothing. */
  @IsOptional() @IsIn(['', 'true', 'false']) preview?: string;
}

export function isPreview({ preview = 'false' }: PreviewQuery): boolean {
  return preview !== 'false';
}

/** One thing to look at: where, and what. */
interface Flag {
  readonly flag: string;
  readonly [where: string]: unknown;
}

/** What a request would change in one case, as far as those who ask may see it. */
export interface CaseChange {
  readonly participant: string;
  /** The types of the events it would record, in their order. */
  readonly would: readonly string[];
  /** By side of the case, where what stands would be another. */
  readonly state: Readonly<Record<string, readonly Difference[]>>;
  /** Stage, consent and the like. */
  readonly standing: readonly Difference[];
  readonly outcome: { readonly before: Summary['outcome']; readonly after: Summary['outcome']; readonly changed: boolean };
  readonly counts: { readonly support: readonly Difference[]; readonly workbook: readonly Difference[] };
  readonly flags: { readonly added: readonly Flag[]; readonly gone: readonly Flag[] };
  readonly signaturesDropped: readonly string[];
  readonly queriesClosed: readonly string[];
}

/** Nothing was recorded. One case for each participant touched, the one in the path first. */
export interface Preview {
  readonly preview: true;
  readonly cases: readonly CaseChange[];
}

/** The very decision of a command and the very folds of the read models, on what would be recorded. */
@Injectable()
export class Previews {
  constructor(
    private readonly journal: Journal,
    private readonly places: Places,
    private readonly contexts: ProgrammeContexts,
    private readonly cases: Cases,
  ) {}

  /** @throws what the command itself would throw */
  async of(asking: Asking, work: Work, whose: readonly string[]): Promise<Preview> {
    const aspects = this.places.visible(asking.caller);
    const sides = whose.flatMap((id) => aspects.map((aspect) => [aspect, id] as const));
    const transaction = await this.journal.preview(askedOf(asking), { ...work, streams: [...work.streams, ...sides] });
    const raw = transaction.histories(sides);
    return { preview: true, cases: await Promise.all(whose.map((id) => this.change(transaction, raw, aspects, asking, id))) };
  }

  private async change(transaction: Transaction, raw: { before: Entry[]; after: Entry[] }, aspects: readonly Aspect[], asking: Asking, participant: string): Promise<CaseChange> {
    const [before, after] = [standingOf(raw.before, participant), standingOf(raw.after, participant)];
    await this.contexts.load([...before, ...after].flatMap(({ protocol }) => protocol ?? []));
    const decided = aspects.flatMap((aspect) => transaction.decided(aspect, participant));
    const of = (wanted: string) => decided.filter(({ type }) => type === wanted).map(({ data }) => data);
    const [was, is] = await Promise.all([this.summary(before, aspects, asking), this.summary(after, aspects, asking)]);
    return {
      participant,
      would: decided.map(({ type }) => type),
      state: Object.fromEntries(aspects.map((aspect) => [aspect.events.stream, differencesOf(stateOf(aspect, before, asking), stateOf(aspect, after, asking))] as const).filter(([, changed]) => changed.length > 0)),
      ...summaryChange(was, is),
      signaturesDropped: of('SignatureDropped').map((data) => (data as SignatureDropped).signature),
      queriesClosed: of('QueryClosed').map((data) => (data as QueryClosed).query),
    };
  }

  private async summary(entries: readonly Entry[], aspects: readonly Aspect[], asking: Asking): Promise<Summary> {
    const all = <R extends Row>(model: ReadModel<R>) => [...refold(model, entries, this.contexts.lookup).values()];
    const [participant] = all(participantRows);
    if (!participant) throw new Unknown('participant');
    const [{ sessions: placed, ...course } = { sessions: undefined }] = all(courseRows);
    const rows: CaseRows = {
      participant,
      outcome: all(outcomeRows)[0] ?? null,
      course: 'participant' in course ? course : null,
      ...(placed && { placed }),
      sessions: all(sessionRows),
      workbook: all(workbookRows)[0] ?? null,
      reviewed: all(reviewedRows(aspects.map(({ events }) => events)))[0] ?? null,
    };
    return summaryOf(rows, await this.cases.protocolOf(participant), asking);
  }
}

/** A participant's history; of one that lives on under another what remains. */
function standingOf(raw: readonly Entry[], participant: string): Entry[] {
  const own = effective(raw, participant);
  return own.length > 0 ? own : remains(raw, participant);
}

/** The state as folded from what is shown to those who ask, so that it holds nothing else. */
function stateOf(aspect: Aspect, entries: readonly Entry[], { roles }: Asking): unknown {
  const own = entries.filter(({ stream }) => categoryOf(stream) === aspect.events.stream);
  return fold(aspect, own.map((entry) => ({ ...entry, data: redact(entry, aspect.events, roles).data })));
}

function summaryChange(was: Summary, is: Summary): Pick<CaseChange, 'standing' | 'outcome' | 'counts' | 'flags'> {
  const { outcome, support, workbook, flags, ...standing } = was;
  const { outcome: outcomeAfter, support: supportAfter, workbook: workbookAfter, flags: flagsAfter, ...standingAfter } = is;
  const [raised, left] = [flat(flags), flat(flagsAfter)];
  const without = (all: readonly Flag[], others: readonly Flag[]) => all.filter((flag) => !others.some((other) => same(flag, other)));
  return {
    standing: differencesOf(standing, standingAfter),
    outcome: { before: outcome, after: outcomeAfter, changed: !same(outcome, outcomeAfter) },
    counts: { support: differencesOf(support, supportAfter), workbook: differencesOf(workbook, workbookAfter) },
    flags: { added: without(left, raised), gone: without(raised, left) },
  };
}

function flat(flagged: Summary['flags'] = []): Flag[] {
  return flagged.flatMap(({ flags, ...where }) => flags.map((flag) => ({ ...where, flag })));
}
