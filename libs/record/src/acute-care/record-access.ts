import type { FactOf } from '@cairn/kernel/catalogue.js';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import type { participantEvents } from '../participants/events.js';
import type { AcuteEvent } from './events.js';
import type { Episode, OutcomeFacts } from './spells.js';

/** What was said of the consent to search records: from which local date. What is undated holds from the day it was recorded. */
export interface AccessSaid {
  readonly given: boolean;
  readonly on: string;
  readonly undated?: true;
}

type Consenting = EntryOf<Extract<FactOf<typeof participantEvents>, { type: 'ConsentGiven' | 'Reconsented' | 'ConsentScopeWithdrawn' }>>;

/** What an entry says of it; undefined when it is about other scopes. */
export function accessSaid(entry: Consenting): AccessSaid | undefined {
  const withdrawn = entry.type === 'ConsentScopeWithdrawn';
  if (withdrawn ? entry.data.scope !== 'record-access' : !entry.data.scopes.includes('record-access')) return undefined;
  const on = (withdrawn ? entry.data.effective : undefined) ?? dateOf(entry.occurred);
  return { given: !withdrawn, on: on ?? entry.recordedAt.slice(0, 10), ...(on === undefined && { undated: true }) };
}

/** The local date on which a search of records found something; undefined for what no search found. */
export function foundOn(entry: EntryOf<AcuteEvent>): string | undefined {
  const recordedOn = entry.recordedAt.slice(0, 10);
  switch (entry.type) {
    case 'AdmissionFound':
    case 'AssessedNotAccepted':
      return entry.data.foundOn;
    case 'OutcomeWindowAscertained':
      return dateOf(entry.occurred) ?? recordedOn;
    case 'TransferFound':
    case 'DischargeFound':
      return recordedOn;
    case 'IndexDischargeRecorded':
    case 'OutcomeAdjudicated':
      return undefined;
  }
}

/**
 * Whether what was found on a date may be used: consent to search records stood then, or was given afterwards and so covers it. A later withdrawal
 * takes nothing back (ICH E6(R3) 2.9).
 */
export function isCovered(date: string, said: readonly AccessSaid[]): boolean {
  const standing = [...said].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)).findLast(({ on }) => on <= date);
  return standing?.given === true || said.some(({ given, on }) => given && on > date);
}

/** Entries, each by the date on which it was found, that nobody consented to: kept, and used for nothing. */
export function quarantined(findings: Readonly<Record<string, string>>, said: readonly AccessSaid[]): string[] {
  return Object.keys(findings).filter((entry) => !isCovered(findings[entry] ?? '', said));
}

/** The facts without what is kept from use. */
export function usable<Facts extends OutcomeFacts>(facts: Facts, byEpisode: Readonly<Record<string, Episode>>, kept: readonly string[]): Facts {
  const of = ({ entry = '' }: { readonly entry?: string }) => !kept.includes(entry);
  const episodes = Object.values(byEpisode).filter(of).map((episode) => ({
    ...episode,
    ...(episode.transfers && { transfers: episode.transfers.filter(of) }),
    ...(kept.includes(episode.discharge ?? '') && { end: null, ended: false }),
  }));
  return { ...facts, episodes, searches: facts.searches.filter(of) };
}
