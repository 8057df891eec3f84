import type { Group } from '@cairn/kernel/catalogue.js';
import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import {
  remarksOn, type DataSigned, type EntryAttested, type ProtocolDeviationRecorded, type QueryAnswered, type QueryClosed, type QueryRaised, type Remark,
} from './events.js';

type Told = { readonly occurred?: Occurred | undefined };
/** Ids of the entries that stand on the stream: what a remark may be about. */
export type Standing = ReadonlySet<string>;

/** What people say about entries. */
export type RemarkCommand = Told &
  (
    | { readonly type: 'AttestEntry'; readonly entry: string; readonly standing: Standing }
    | { readonly type: 'DismissDuplicate'; readonly entries: readonly string[]; readonly standing: Standing }
    | { readonly type: 'RaiseQuery'; readonly facts: QueryRaised; readonly standing: Standing }
    | { readonly type: 'AnswerQuery'; readonly facts: QueryAnswered }
    | { readonly type: 'CloseQuery'; readonly facts: QueryClosed }
    | { readonly type: 'RecordDeviation'; readonly facts: ProtocolDeviationRecorded; readonly standing: Standing }
    /** `signer` is the id of the caller: nobody signs for another. */
    | { readonly type: 'Sign'; readonly facts: DataSigned; readonly signer: string; readonly standing: Standing }
  );

/** What follows for remarks from other facts of their stream. */
type Consequence = Told &
  (
    | { readonly type: 'DropSignatures'; readonly entry: string }
    | { readonly type: 'SettleQueries'; readonly standing: Standing; readonly reassigned: boolean }
  );
export type ReviewCommand = RemarkCommand | Consequence;

export interface QueryState {
  readonly raised?: Known<QueryRaised>;
  readonly answered?: Known<QueryAnswered>;
  readonly closed?: Known<QueryClosed>;
}

export interface SignatureState {
  readonly signed?: Known<DataSigned>;
  readonly signer?: string;
  readonly dropped?: true;
}

export interface ReviewState {
  readonly attested: Readonly<Record<string, Known<EntryAttested>>>;
  /** Sets of entries that a person found to be different facts. */
  readonly dismissed: readonly Known<{ readonly entries: readonly string[] }>[];
  readonly queries: Readonly<Record<string, QueryState>>;
  readonly deviations: Readonly<Record<string, Known<ProtocolDeviationRecorded>>>;
  readonly signatures: Readonly<Record<string, SignatureState>>;
}

export type Review = Decider<ReviewState, ReviewCommand, Remark>;

const reviews = new Map<string, Review>();

/** The decider of a stream's remarks; one for each kind of stream, however often it is asked for. */
export function reviewOf(group: Group): Review {
  const known = reviews.get(group.stream) ?? review(group);
  reviews.set(group.stream, known);
  return known;
}

function review(group: Group): Review {
  return {
    events: remarksOn(group),
    initial: { attested: {}, dismissed: [], queries: {}, deviations: {}, signatures: {} },
    decide: (command, state) => decide(command, state, group),
    evolve,
    holds({ queries, signatures }) {
      const orphan = Object.values(queries).find(({ raised, answered, closed }) => !raised && (answered ?? closed));
      if (orphan) return new Refused('entry-needed', `The ${orphan.answered ? 'answer' : 'closure'} rests on this query. Void that first.`);
      const unsigned = Object.values(signatures).some(({ signed }) => !signed);
      return unsigned ? new Refused('entry-needed', 'That a signature was dropped rests on the signature.') : undefined;
    },
  };
}

function decide(command: ReviewCommand, state: ReviewState, group: Group): Remark[] {
  const { occurred } = command;
  switch (command.type) {
    case 'AttestEntry': {
      const data = { entry: command.entry };
      mustStand([command.entry], command.standing);
      return once('The attestation of this entry', state.attested[command.entry], occurred, { type: 'EntryAttested', data });
    }
    case 'DismissDuplicate': {
      const data = { entries: [...command.entries].sort() };
      mustStand(data.entries, command.standing);
      return once('That these are no duplicates', state.dismissed.find(({ data: known }) => same(known, data)), occurred, { type: 'DuplicateDismissed', data });
    }
    case 'RaiseQuery': {
      const { facts: data } = command;
      const known = state.queries[data.query]?.raised;
      if (!known) mustStand(data.entries, command.standing);
      if (!group.reveals) mustNotTellArm(data);
      return once('A query with this id', known, occurred, { type: 'QueryRaised', data });
    }
    case 'AnswerQuery': {
      const { answered, closed } = raised(command.facts.query, state);
      if (closed && !answered) throw new Refused('query-closed', 'This query is closed. If it was closed in error, void the closure; else raise another query.');
      return once('An answer to this query', answered, occurred, { type: 'QueryAnswered', data: command.facts });
    }
    case 'CloseQuery':
      return once('The closure of this query', raised(command.facts.query, state).closed, occurred, { type: 'QueryClosed', data: command.facts });
    case 'RecordDeviation': {
      const { facts: data } = command;
      const known = state.deviations[data.deviation];
      if (!known) mustStand(data.entry === undefined ? [] : [data.entry], command.standing);
      return once('A deviation with this id', known, occurred, { type: 'ProtocolDeviationRecorded', data });
    }
    case 'Sign':
      return sign(command, state);
    case 'DropSignatures':
      return standingSignatures(state, command.entry).map((signature) => ({ type: 'SignatureDropped', data: { signature, entry: command.entry } }));
    case 'SettleQueries':
      return settled(command, state);
  }
}

function evolve(state: ReviewState, entry: EntryOf<Remark>): ReviewState {
  const { occurred } = entry;
  switch (entry.type) {
    case 'EntryAttested':
      return { ...state, attested: { ...state.attested, [entry.data.entry]: { data: entry.data, occurred } } };
    case 'DuplicateDismissed':
      return { ...state, dismissed: [...state.dismissed, { data: { entries: [...entry.data.entries].sort() }, occurred }] };
    case 'QueryRaised':
      return query(state, entry.data.query, { raised: { data: entry.data, occurred } });
    case 'QueryAnswered':
      return query(state, entry.data.query, { answered: { data: entry.data, occurred } });
    case 'QueryClosed':
      return query(state, entry.data.query, { closed: { data: entry.data, occurred } });
    case 'ProtocolDeviationRecorded':
      return { ...state, deviations: { ...state.deviations, [entry.data.deviation]: { data: entry.data, occurred } } };
    case 'DataSigned':
      return signature(state, entry.data.signature, { signed: { data: entry.data, occurred }, signer: entry.actor.id });
    case 'SignatureDropped':
      return signature(state, entry.data.signature, { dropped: true });
  }
}

/** Signatures that stand on an entry. */
export function standingSignatures({ signatures }: ReviewState, entry: string): string[] {
  return Object.entries(signatures).flatMap(([id, { signed, dropped }]) => (signed?.data.entries.includes(entry) && !dropped ? [id] : []));
}

/** The same signature again is nothing only while it stands, and from the same hand. */
function sign({ facts: data, signer, standing, occurred }: RemarkCommand & { type: 'Sign' }, { signatures }: ReviewState): Remark[] {
  const known = signatures[data.signature];
  if (known?.dropped) throw new Refused('signature-dropped', 'This signature has fallen: what it was given for has changed since. Look at the entries as they stand and sign them under another id.');
  if (!known?.signed) mustStand(data.entries, standing);
  if (known?.signed && known.signer !== signer) throw alreadyRecorded('A signature with this id');
  return once('A signature with this id', known?.signed, occurred, { type: 'DataSigned', data });
}

/** Queries whose question has answered itself: a duplicate voided or dismissed, an entry attested or gone, another worker assigned. */
function settled({ standing, reassigned }: Consequence & { type: 'SettleQueries' }, { queries, attested, dismissed }: ReviewState): Remark[] {
  return Object.values(queries).flatMap(({ raised: known, closed }): Remark[] => {
    if (!known || closed) return [];
    const { query: id, topic, entries } = known.data;
    const left = entries.filter((entry) => standing.has(entry));
    const close = (resolution: QueryClosed['resolution']): Remark[] => [{ type: 'QueryClosed', data: { query: id, resolution } }];
    switch (topic) {
      case 'possible-duplicate':
        if (left.length < 2) return entries.length < 2 ? [] : close('corrected');
        return dismissed.some(({ data }) => left.every((entry) => data.entries.includes(entry))) ? close('confirmed') : [];
      case 'attestation':
        if (entries.length === 0 || left.some((entry) => !attested[entry])) return [];
        return close(left.length > 0 ? 'confirmed' : 'corrected');
      case 'reassignment':
        return reassigned ? close('corrected') : [];
      case 'data':
      case 'planning':
      case 'consent':
      case 'other':
        return [];
    }
  });
}

function once(what: string, known: Known | undefined, occurred: Occurred | undefined, remark: Remark): Remark[] {
  if (!known) return [remark];
  if (!restates(known, remark.data, occurred)) throw alreadyRecorded(what);
  return [];
}

function mustStand(entries: readonly string[], standing: Standing): void {
  if (entries.some((entry) => !standing.has(entry))) throw new Refused('entry-unknown', 'There is no such entry in this history.');
}

/** ICH E6(R3) 4.1: who is asked, or what about, must not tell the arm to those who are masked. */
function mustNotTellArm({ to, topic }: QueryRaised): void {
  if (to === 'worker' || to === 'supervisor' || topic === 'reassignment' || topic === 'planning')
    throw new Refused('query-tells-arm', `Masked roles see this stream, and a query ${to === 'worker' || to === 'supervisor' ? `to a ${to}` : `about ${topic}`} tells the arm. Ask someone else, or raise it about the support.`);
}

function raised(id: string, { queries }: ReviewState): QueryState {
  const found = queries[id];
  if (!found?.raised) throw new Refused('query-unknown', 'No such query was raised here.');
  return found;
}

function query(state: ReviewState, id: string, change: QueryState): ReviewState {
  return { ...state, queries: { ...state.queries, [id]: { ...state.queries[id], ...change } } };
}

function signature(state: ReviewState, id: string, change: SignatureState): ReviewState {
  return { ...state, signatures: { ...state.signatures, [id]: { ...state.signatures[id], ...change } } };
}
