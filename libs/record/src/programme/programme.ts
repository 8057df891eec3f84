import { alreadyRecorded, type Decider } from '@cairn/kernel/decider.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { named } from '@cairn/kernel/named.js';
import {
  programmeEvents, type AmendmentApproved, type DatasetLocked, type DatasetUnlocked, type Nation, type ProgrammeEvent, type ProgrammeRegistered, type ProtocolVersionPublished, type SiteActivated,
  type Unblinded, type WorkbookVersionPublished,
} from './events.js';

export type ProgrammeCommand =
  | { readonly type: 'RegisterProgramme'; readonly facts: ProgrammeRegistered }
  | { readonly type: 'PublishProtocolVersion'; readonly facts: ProtocolVersionPublished }
  | { readonly type: 'PublishWorkbookVersion'; readonly facts: WorkbookVersionPublished }
  | { readonly type: 'ActivateSite'; readonly facts: SiteActivated }
  | { readonly type: 'ApproveAmendment'; readonly facts: AmendmentApproved }
  | { readonly type: 'LockDataset'; readonly facts: DatasetLocked }
  | { readonly type: 'UnlockDataset'; readonly facts: DatasetUnlocked }
  | { readonly type: 'Unblind'; readonly facts: Unblinded };

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
  /** The version the first site was activated with; every other one is an amendment. */
  readonly original?: string;
  readonly approvals: Readonly<Record<string, AmendmentApproved>>;
  readonly datasets: Readonly<Record<string, Dataset>>;
  readonly unblinded?: Unblinded;
}

export interface Dataset extends Omit<DatasetLocked, 'dataset'> {
  /** Set while it is not locked any more. */
  readonly unlocked?: DatasetUnlocked['reason'];
}

export const programme: Decider<ProgrammeState, ProgrammeCommand, ProgrammeEvent> = {
  events: programmeEvents,
  initial: { protocols: {}, workbooks: {}, sites: {}, approvals: {}, datasets: {} },

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
      case 'ApproveAmendment': {
        const { protocolVersion: version } = command.facts;
        if (!named(state.protocols, version)) throw unpublished(version);
        return once(`The approval of protocol version ${version}`, named(state.approvals, version), command.facts, { type: 'AmendmentApproved', data: command.facts });
      }
      case 'LockDataset':
        return lock(command.facts, named(state.datasets, command.facts.dataset));
      case 'UnlockDataset':
        return unlock(command.facts, named(state.datasets, command.facts.dataset));
      case 'Unblind':
        return once('The unblinding', state.unblinded, command.facts, { type: 'Unblinded', data: command.facts });
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
        return { ...state, original: state.original ?? data.protocolVersion, sites: { ...state.sites, [data.site]: { code: data.code, nation: data.nation, activations } } };
      }
      case 'AmendmentApproved':
        return { ...state, approvals: { ...state.approvals, [data.protocolVersion]: data } };
      case 'DatasetLocked': {
        const { dataset, ...locked } = data;
        return { ...state, datasets: { ...state.datasets, [dataset]: locked } };
      }
      case 'DatasetUnlocked': {
        const locked = named(state.datasets, data.dataset);
        return locked ? { ...state, datasets: { ...state.datasets, [data.dataset]: { ...locked, unlocked: data.reason } } } : state;
      }
      case 'Unblinded':
        return { ...state, unblinded: data };
    }
  },
};

/** The version in force at a site on a local date: that of the latest activation by then; before the first, the first. */
export function inForce({ sites }: ProgrammeState, site: string, date: string | undefined): string | undefined {
  const activations = named(sites, site)?.activations ?? [];
  return (activations.findLast(({ on }) => date === undefined || on <= date) ?? activations[0])?.protocolVersion;
}

type Sections = Readonly<Record<string, readonly string[]>>;
/** By the workbooks they are of: every request asks, and a programme seldom publishes any. */
const sections = new WeakMap<ProgrammeState['workbooks'], Sections>();

/** Ids of the sections of each workbook version. */
export function sectionsOf({ workbooks }: ProgrammeState): Sections {
  const known = sections.get(workbooks) ?? Object.fromEntries(Object.values(workbooks).map(({ version, sections }) => [version, sections.map(({ id }) => id)]));
  sections.set(workbooks, known);
  return known;
}

function once(what: string, known: object | undefined, facts: object, event: ProgrammeEvent): ProgrammeEvent[] {
  if (known && !same(known, facts)) throw new Refused('already-recorded', `${what} is already recorded, and differently. A programme changes by a new version, under a new label.`);
  return known ? [] : [event];
}

function lock(facts: DatasetLocked, known: Dataset | undefined): ProgrammeEvent[] {
  const { dataset, ...locked } = facts;
  if (known?.unlocked === undefined && known) {
    if (!same(known, locked)) throw new Refused('dataset-locked', `Dataset ${dataset} is locked to another cut. Lock the new cut under another id, or unlock this one first.`);
    return [];
  }
  return [{ type: 'DatasetLocked', data: facts }];
}

function unlock(facts: DatasetUnlocked, known: Dataset | undefined): ProgrammeEvent[] {
  if (!known) throw new Refused('dataset-unknown', `No dataset ${facts.dataset} was locked in this programme.`);
  if (known.unlocked !== undefined && known.unlocked !== facts.reason) throw alreadyRecorded(`The unlocking of dataset ${facts.dataset}`);
  return known.unlocked === undefined ? [{ type: 'DatasetUnlocked', data: facts }] : [];
}

function unpublished(version: string): Refused {
  return new Refused('protocol-unknown', `Protocol version ${version} is not published. Publish it first.`);
}

/** An amendment comes into force at a site only once it is approved (ICH E6(R3) 4.3.5); the version the programme began with needs no approval here. */
function approved({ protocolVersion: version, on }: SiteActivated, { original, approvals }: ProgrammeState): void {
  if (original === undefined || original === version) return;
  const approval = named(approvals, version);
  if (!approval) throw new Refused('amendment-not-approved', `Protocol version ${version} is an amendment of ${original} and not approved. Record its approval, then activate the site.`);
  if (on < approval.on) throw new Refused('amendment-not-approved', `Protocol version ${version} is approved from ${approval.on}: it cannot be in force on ${on}.`);
}

function activate(facts: SiteActivated, state: ProgrammeState): ProgrammeEvent[] {
  const { protocols, sites } = state;
  if (!named(protocols, facts.protocolVersion)) throw unpublished(facts.protocolVersion);
  const known = named(sites, facts.site);
  if (known?.activations.some((activation) => same(activation, facts))) return [];
  const taken = Object.entries(sites).find(([site, { code }]) => site !== facts.site && code === facts.code);
  if (taken) throw new Refused('site-code-taken', `The code ${facts.code} belongs to site ${taken[0]}. Study numbers need a code of their own for each site.`);
  if (known && known.code !== facts.code) throw new Refused('site-code-fixed', `The site's study numbers already begin with ${known.code}.`);
  if (known && known.nation !== facts.nation) throw new Refused('site-nation-fixed', `The site keeps the bank holidays of ${known.nation}; what is late there was judged by them.`);
  if (known?.activations.some(({ on }) => on === facts.on)) throw alreadyRecorded(`An activation of this site on ${facts.on}`);
  approved(facts, state);
  return [{ type: 'SiteActivated', data: facts }];
}
