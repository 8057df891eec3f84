import { alreadyRecorded, type Decider } from '@cairn/kernel/decider.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { named } from '@cairn/kernel/named.js';
import {
  programmeEvents, type Nation, type ProgrammeEvent, type ProgrammeRegistered, type ProtocolVersionPublished, type SiteActivated, type WorkbookVersionPublished,
} from './events.js';

export type ProgrammeCommand =
  | { readonly type: 'RegisterProgramme'; readonly facts: ProgrammeRegistered }
  | { readonly type: 'PublishProtocolVersion'; readonly facts: ProtocolVersionPublished }
  | { readonly type: 'PublishWorkbookVersion'; readonly facts: WorkbookVersionPublished }
  | { readonly type: 'ActivateSite'; readonly facts: SiteActivated };

export interface Site {
  readonly code: string;
  readonly nation: Nation;
  /** In the order of their dates. */
  readonly activations: readonly SiteActivated[];
}

export interface ProgrammeState {
  readonly registered?: ProgrammeRegistered;
  readonly protocols: Readonly<Record<string, ProtocolVersionPublished>>;
  readonly workbooks: Readonly<Record<string, WorkbookVersionPublished>>;
  readonly sites: Readonly<Record<string, Site>>;
}

export const programme: Decider<ProgrammeState, ProgrammeCommand, ProgrammeEvent> = {
  events: programmeEvents,
  initial: { protocols: {}, workbooks: {}, sites: {} },

  decide(command, state) {
    if (command.type !== 'RegisterProgramme' && !state.registered) throw new Refused('programme-unknown', 'No such programme. Register it first.');
    switch (command.type) {
      case 'RegisterProgramme':
        return once('The programme', state.registered, command.facts, { type: 'ProgrammeRegistered', data: command.facts });
      case 'PublishProtocolVersion': {
        const { version } = command.facts;
        return once(`Protocol version ${version}`, named(state.protocols, version), command.facts, { type: 'ProtocolVersionPublished', data: command.facts });
      }
      case 'PublishWorkbookVersion': {
        const { version } = command.facts;
        return once(`Workbook version ${version}`, named(state.workbooks, version), command.facts, { type: 'WorkbookVersionPublished', data: command.facts });
      }
      case 'ActivateSite':
        return activate(command.facts, state);
    }
  },

  evolve(state, { type, data }) {
    switch (type) {
      case 'ProgrammeRegistered':
        return { ...state, registered: data };
      case 'ProtocolVersionPublished':
        return { ...state, protocols: { ...state.protocols, [data.version]: data } };
      case 'WorkbookVersionPublished':
        return { ...state, workbooks: { ...state.workbooks, [data.version]: data } };
      case 'SiteActivated': {
        const earlier = named(state.sites, data.site)?.activations ?? [];
        const activations = [...earlier, data].sort((a, b) => (a.on < b.on ? -1 : 1));
        return { ...state, sites: { ...state.sites, [data.site]: { code: data.code, nation: data.nation, activations } } };
      }
    }
  },
};

/** The version in force at a site on a local date: that of the latest activation by then; before the first, the first. */
export function inForce({ sites }: ProgrammeState, site: string, date: string | undefined): string | undefined {
  const activations = named(sites, site)?.activations ?? [];
  return (activations.findLast(({ on }) => date === undefined || on <= date) ?? activations[0])?.protocolVersion;
}

/** Ids of the sections of each workbook version. */
export function sectionsOf({ workbooks }: ProgrammeState): Record<string, string[]> {
  return Object.fromEntries(Object.values(workbooks).map(({ version, sections }) => [version, sections.map(({ id }) => id)]));
}

function once(what: string, known: object | undefined, facts: object, event: ProgrammeEvent): ProgrammeEvent[] {
  if (known && !same(known, facts)) throw new Refused('already-recorded', `${what} is already recorded, and differently. A programme changes by a new version, under a new label.`);
  return known ? [] : [event];
}

function activate(facts: SiteActivated, { protocols, sites }: ProgrammeState): ProgrammeEvent[] {
  if (!named(protocols, facts.protocolVersion)) throw new Refused('protocol-unknown', `Protocol version ${facts.protocolVersion} is not published. Publish it, then activate the site.`);
  const known = named(sites, facts.site);
  if (known?.activations.some((activation) => same(activation, facts))) return [];
  const taken = Object.entries(sites).find(([site, { code }]) => site !== facts.site && code === facts.code);
  if (taken) throw new Refused('site-code-taken', `The code ${facts.code} belongs to site ${taken[0]}. Study numbers need a code of their own for each site.`);
  if (known && known.code !== facts.code) throw new Refused('site-code-fixed', `The site's study numbers already begin with ${known.code}.`);
  if (known && known.nation !== facts.nation) throw new Refused('site-nation-fixed', `The site keeps the bank holidays of ${known.nation}; what is late there was judged by them.`);
  if (known?.activations.some(({ on }) => on === facts.on)) throw alreadyRecorded(`An activation of this site on ${facts.on}`);
  return [{ type: 'SiteActivated', data: facts }];
}
