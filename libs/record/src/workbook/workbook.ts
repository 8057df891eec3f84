import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { named } from '@cairn/kernel/named.js';
import { workbookEvents, type SectionCompleted, type SectionStarted, type WorkbookEvent, type WorkbookIssued } from './events.js';

type Told = { readonly occurred?: Occurred | undefined };
/** Section ids of each workbook version the programme has published. */
type Published = Readonly<Record<string, readonly string[]>>;

export type WorkbookCommand = Told &
  (
    | { readonly type: 'IssueWorkbook'; readonly facts: WorkbookIssued; readonly published: Published }
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

export interface SectionState {
  readonly section: string;
  readonly version: string;
  readonly started?: Known<SectionStarted>;
  readonly completed?: Known<SectionCompleted>;
}

export interface WorkbookState {
  readonly issued: Readonly<Record<string, Known<WorkbookIssued>>>;
  /** The version issued last. */
  readonly current?: string;
  readonly sections: Readonly<Record<string, SectionState>>;
}

export const workbook: Decider<WorkbookState, WorkbookCommand, WorkbookEvent> = {
  events: workbookEvents,
  initial: { issued: {}, sections: {} },

  decide(command, state) {
    const { occurred, published } = command;
    switch (command.type) {
      case 'IssueWorkbook': {
        const { version } = command.facts;
        if (!named(published, version)) throw new Refused('workbook-unknown', `The programme has published no workbook version ${version}.`);
        const known = named(state.issued, version);
        if (known && !restates(known, command.facts, occurred)) throw alreadyRecorded(`The issue of workbook version ${version}`);
        return known ? [] : [{ type: 'WorkbookIssued', data: command.facts }];
      }
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
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'WorkbookIssued':
        return { ...state, current: entry.data.version, issued: { ...state.issued, [entry.data.version]: { data: entry.data, occurred } } };
      case 'SectionStarted':
        return section(state, entry.data, { started: { data: entry.data, occurred } });
      case 'SectionCompleted':
        return section(state, entry.data, { completed: { data: entry.data, occurred } });
    }
  },

  holds({ issued, sections }) {
    const orphan = Object.values(sections).find(({ version }) => !named(issued, version));
    return orphan && new Refused('entry-needed', `What is recorded of section ${orphan.section} rests on the issue of workbook version ${orphan.version}. Void that first.`);
  },
};

/** The section a command means, in the version it names or the one issued last. */
function locate({ section, version, published }: { section: string; version?: string | undefined; published: Published }, { issued, current }: WorkbookState) {
  const meant = version ?? current;
  if (meant === undefined || !named(issued, meant))
    throw new Refused('workbook-not-issued', version ? `Workbook version ${version} was never issued to this participant.` : 'No workbook was issued to this participant. Record the issue first.');
  const known = named(published, meant) ?? [];
  if (!known.includes(section)) throw new Refused('section-unknown', `Workbook version ${meant} has no section ${section}. It has: ${known.join(', ') || 'none'}.`);
  return { section, version: meant };
}

function keyOf({ section, version }: { section: string; version: string }): string {
  return `${version}/${section}`;
}

function section(state: WorkbookState, { section, version }: SectionStarted, change: Partial<SectionState>): WorkbookState {
  const key = keyOf({ section, version });
  return { ...state, sections: { ...state.sections, [key]: { ...state.sections[key], section, version, ...change } } };
}
