import type { Transaction } from '@cairn/journal/transaction.js';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { isCorrection, type CorrectionFact } from '@cairn/kernel/corrections.js';
import type { Circumstances } from '@cairn/kernel/envelope.js';
import { reviewOf } from './review.js';

/** What may answer a query by itself. */
const settling = new Set(['EntryAttested', 'DuplicateDismissed', 'WorkerAssigned']);

/**
 * What follows for a stream's remarks from what was just decided on it, in the same transaction: signatures on changed entries fall
 * (21 CFR 11.70), and queries that have answered themselves close.
 */
export function drawConsequences(transaction: Transaction, stream: { readonly events: Catalogue }, id: string, circumstances: () => Circumstances): void {
  const decided = transaction.decided(stream, id).filter(({ type }) => isCorrection(type) || settling.has(type));
  if (!stream.events.remarks || decided.length === 0) return;
  const [review, following] = [reviewOf(stream.events), circumstances()];
  const changed = decided.filter(({ type }) => isCorrection(type)).map(({ data }) => (data as CorrectionFact['data']).entry);
  for (const entry of new Set(changed)) transaction.decide(review, id, { type: 'DropSignatures', entry }, following);
  const standing = new Set(transaction.standing(stream, id).map((entry) => entry.id));
  transaction.decide(review, id, { type: 'SettleQueries', standing, reassigned: decided.some(({ type }) => type === 'WorkerAssigned') }, following);
}
