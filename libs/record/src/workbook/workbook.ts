import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { Refused } from '@cairn/kernel/refused.js';
import { named } from '@cairn/kernel/named.js';
import { workbookEvents, type DeliveryReturned, type SectionCompleted, type SectionReopened, type SectionStarted, type WorkbookEvent, type WorkbookIssued, type WorkbookReissued } from './events.js';

type Told = { readonly occurred?: Occurred | undefined };
/** Section ids of each workbook version the programme has published. */
type Published = Readonly<Record<string, readonly string[]>>;

/** The version issued last, when none is named. */
type Optional<Facts extends { version: string }> = Omit<Facts, 'version'> & { readonly version?: string };

export type WorkbookCommand = Told &
  (
    | { readonly type: 'IssueWorkbook'; readonly facts: WorkbookIssued; readonly published: Published }
    | { readonly type: 'ReissueWorkbook'; readonly facts: Optional<WorkbookReissued> }
    | { readonly type: 'ReturnDelivery'; readonly facts: Optional<DeliveryReturned> }
    | { readonly type: 'ReopenSection'; readonly section: string; readonly version?: string | undefined; readonly published: Published }
    | { readonly type: 'StartSection'; readonly section: string; readonly version?: string | undefined; readonly published: Published }
    | {
        readonly type: 'CompleteSection';
        readonly section: string;
        readonly version?: string | undefined;
        readonly session?: string | undefined;
        readonly reporter: SectionCompleted['reporter'];
        readonly published: Published;
      }
  );

type Copy = Known<WorkbookReissued | DeliveryReturned> & { readonly type: 'WorkbookReissued' | 'DeliveryReturned' };

export interface SectionState {
  readonly section: string;
  readonly version: string;
  readonly started?: Known<SectionStarted>;
  readonly completed?: Known<SectionCompleted>;
  readonly reopened?: Known<SectionReopened>;
  /** Reopened without a completion, which only a correction could bring about. */
  readonly adrift?: true;
}

export interface WorkbookState {
  readonly issued: Readonly<Record<string, Known<WorkbookIssued>>>;
  /** Copies given anew and copies that came back, in the order in which they were recorded. */
  readonly copies: readonly Copy[];
  /** The version issued last. */
  readonly current?: string;
  readonly sections: Readonly<Record<string, SectionState>>;
}

export const workbook: Decider<WorkbookState, WorkbookCommand, WorkbookEvent> = {
  events: workbookEvents,
  initial: { issued: {}, copies: [], sections: {} },

  decide(command, state) {
    const { occurred } = command;
    switch (command.type) {
      case 'IssueWorkbook': {
        const { version } = command.facts;
        if (!named(command.published, version)) throw new Refused('workbook-unknown', `The programme has published no workbook version ${version}.`);
        const known = named(state.issued, version);
        if (known && !restates(known, command.facts, occurred)) throw alreadyRecorded(`The issue of workbook version ${version}`);
        return known ? [] : [{ type: 'WorkbookIssued', data: command.facts }];
      }
      case 'ReissueWorkbook':
        return copy({ type: 'WorkbookReissued', data: { ...command.facts, version: issuedVersion(command.facts.version, state) } }, occurred, state);
      case 'ReturnDelivery':
        return copy({ type: 'DeliveryReturned', data: { ...command.facts, version: issuedVersion(command.facts.version, state) } }, occurred, state);
      case 'StartSection': {
        const data = locate(command, state);
        const known = state.sections[keyOf(data)]?.started;
        if (known && !restates(known, data, occurred)) throw alreadyRecorded(`The start of section ${data.section}`);
        return known ? [] : [{ type: 'SectionStarted', data }];
      }
      case 'CompleteSection': {
        const { session, reporter } = command;
        const data = { ...locate(command, state), ...(session !== undefined && { session }), reporter };
        const known = state.sections[keyOf(data)]?.completed;
        if (known && !restates(known, data, occurred)) throw alreadyRecorded(`The completion of section ${data.section}`);
        return known ? [] : [{ type: 'SectionCompleted', data }];
      }
      case 'ReopenSection': {
        const data = locate(command, state);
        const { completed, reopened } = state.sections[keyOf(data)] ?? {};
        if (!completed && reopened && restates(reopened, data, occurred)) return [];
        if (!completed) throw new Refused('section-not-completed', `Section ${data.section} is not recorded as completed. Record its completion first.`);
        return [{ type: 'SectionReopened', data }];
      }
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'WorkbookIssued':
        return { ...state, current: entry.data.version, issued: { ...state.issued, [entry.data.version]: { data: entry.data, occurred } } };
      case 'WorkbookReissued':
      case 'DeliveryReturned':
        return { ...state, copies: [...state.copies, { type: entry.type, data: entry.data, occurred }] };
      case 'SectionStarted':
        return section(state, entry.data, (known) => ({ ...known, started: { data: entry.data, occurred } }));
      case 'SectionCompleted':
        return section(state, entry.data, (known) => ({ ...known, completed: { data: entry.data, occurred } }));
      case 'SectionReopened':
        return section(state, entry.data, ({ completed, ...known }) => ({ ...known, reopened: { data: entry.data, occurred }, ...(!completed && { adrift: true as const }) }));
    }
  },

  holds({ issued, copies, sections }) {
    const lost = copies.find(({ data }) => !named(issued, data.version));
    if (lost) return new Refused('entry-needed', `A ${lost.type === 'WorkbookReissued' ? 'reissue' : 'return'} rests on the issue of workbook version ${lost.data.version}. Void that first.`);
    const adrift = Object.values(sections).find((section) => section.adrift);
    if (adrift) return new Refused('entry-needed', `The reopening of section ${adrift.section} rests on its completion. Void the reopening first.`);
    const orphan = Object.values(sections).find(({ version }) => !named(issued, version));
    return orphan && new Refused('entry-needed', `What is recorded of section ${orphan.section} rests on the issue of workbook version ${orphan.version}. Void that first.`);
  },
};

/** Somebody may lose a workbook twice: told again with the day is the same, without one it is the last. */
function copy(event: Extract<WorkbookEvent, { type: Copy['type'] }>, occurred: Occurred | undefined, { copies }: WorkbookState): WorkbookEvent[] {
  const alike = occurred === undefined ? copies.slice(-1) : copies;
  return alike.some((known) => known.type === event.type && restates(known, event.data, occurred)) ? [] : [event];
}

function issuedVersion(version: string | undefined, { issued, current }: WorkbookState): string {
  const meant = version ?? current;
  if (meant === undefined || !named(issued, meant))
    throw new Refused('workbook-not-issued', version ? `Workbook version ${version} was never issued to this participant.` : 'No workbook was issued to this participant. Record the issue first.');
  return meant;
}

/** The section a command means, in the version it names or the one issued last. */
function locate({ section, version, published }: { section: string; version?: string | undefined; published: Published }, state: WorkbookState) {
  const meant = issuedVersion(version, state);
  const known = named(published, meant) ?? [];
  if (!known.includes(section)) throw new Refused('section-unknown', `Workbook version ${meant} has no section ${section}. It has: ${known.join(', ') || 'none'}.`);
  return { section, version: meant };
}

function keyOf({ section, version }: { section: string; version: string }): string {
  return `${version}/${section}`;
}

function section(state: WorkbookState, { section, version }: SectionStarted, change: (known: SectionState) => SectionState): WorkbookState {
  const key = keyOf({ section, version });
  return { ...state, sections: put(state.sections, key, change(state.sections[key] ?? { section, version })) };
}
