import { LRUCache } from 'lru-cache';
import type { Journal } from '@cairn/journal/journal.js';
import type { ProtocolRef } from '@cairn/kernel/envelope.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import type { ProtocolVersionPublished, Nation } from './programme/events.js';
import { programme, type ProgrammeState } from './programme/programme.js';

/** What a fold may ask of the programme version an entry names: it never changes. */
export interface ProtocolContext {
  readonly protocol: ProtocolVersionPublished | undefined;
  readonly zone: string;
  readonly nation: Nation | undefined;
}

/** The context of the version an entry names, through the lookup a fold is given. */
export function contextOf(lookup: Lookup, protocol: ProtocolRef | undefined): ProtocolContext | undefined {
  return protocol && (lookup(protocol) as ProtocolContext);
}

/** The programme versions that histories name, at hand for pure folds. */
export class ProgrammeContexts {
  private readonly known = new LRUCache<string, ProgrammeState>({ max: 200 });

  constructor(private readonly journal: Journal) {}

  /** Fetches what these references name and is not at hand yet. */
  async load(refs: readonly ProtocolRef[]): Promise<void> {
    for (const { programme: id, site, version } of refs) {
      const known = this.known.get(id);
      if (!known?.protocols[version] || !known.sites[site]) this.known.set(id, await this.journal.state(programme, id));
    }
  }

  /** The zone a programme was registered with; a programme that there is not has none of its own. */
  async zoneOf(id: string): Promise<string> {
    if (!this.known.get(id)?.registered) this.known.set(id, await this.journal.state(programme, id));
    return zoneIn(this.known.get(id));
  }

  readonly lookup = ({ programme: id, site, version }: ProtocolRef): ProtocolContext => {
    const state = this.known.get(id);
    return { protocol: state?.protocols[version], zone: zoneIn(state), nation: state?.sites[site]?.nation };
  };
}

function zoneIn(state: ProgrammeState | undefined): string {
  return state?.registered?.zone ?? 'UTC';
}
