import type { Role } from '@cairn/access/roles.js';
import type { Line } from '../record/format.js';
import type { TableName } from './fields.js';

export type Value = string | number | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

/** A line of a record file, who tells it by their role, and the field its date comes from. */
export interface Told {
  readonly line: Line;
  readonly by: Role;
  readonly on: string;
}

/** What a row does not say and its other cells need. */
export class RowIncomplete extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

interface Place {
  readonly programme: string;
  readonly site: string;
}

/** Facts of the lines that come from a field of another name. */
const sources: Readonly<Record<TableName, Readonly<Record<string, string>>>> = {
  participants: { version: 'workbookVersion', delivery: 'workbookDelivery' },
  sessions: { plannedStart: 'planned', kind: 'outcome', by: 'outcome', punctuality: 'outcome' },
  sections: {},
  admissions: { to: 'transferTo' },
};

/** The field that a fact of a line comes from. */
export function sourceOf(table: TableName, fact: string): string {
  return sources[table][fact] ?? fact;
}

/** What a row says, the fields whose cells cannot be read, and whom to tell what else it needs. */
interface Read {
  readonly values: Values;
  readonly unread: ReadonlySet<string>;
  readonly fault: (fault: RowIncomplete) => void;
}

/** The lines that a row of a table makes, in the order in which they are told; with a fault they are there to be checked only. @throws RowIncomplete where it cannot say which */
export function linesOf(table: TableName, read: Read, place: Place): Told[] {
  const { values } = read;
  return makers[table](new Cells(read), place).map(({ line, by, on }) => ({ by, on, line: { ...line, participant: String(values['participant']), ...reasonOf(values) } }));
}

class Cells {
  private readonly values: Values;

  constructor(private readonly read: Read) {
    this.values = read.values;
  }

  /** The first of these whose cell cannot be read, else the last. */
  culprit(...fields: [string, ...string[]]): string {
    return fields.find((field) => this.read.unread.has(field)) ?? fields.at(-1) ?? fields[0];
  }

  text(field: string): string | undefined {
    const value = this.values[field];
    return value === undefined ? undefined : String(value);
  }

  need(field: string, why: string): Value {
    const value = this.values[field];
    if (value === undefined) this.read.fault(new RowIncomplete(field, `is empty, and ${why}`));
    return value ?? '';
  }

  /** What all else hangs on. @throws RowIncomplete */
  must(field: string, why: string): string {
    const value = this.text(field);
    if (value === undefined) throw new RowIncomplete(field, `is empty, and ${why}`);
    return value;
  }

  /** Facts under their own names, those that are there. */
  facts(...fields: string[]): Record<string, Value> {
    return Object.fromEntries(fields.flatMap((field) => (this.values[field] === undefined ? [] : [[field, this.values[field]]])));
  }

  /** A date with the time of another column, where the date brings none. */
  moment(date: string, time: string): string | undefined {
    const [day, hour] = [this.text(date), this.text(time)];
    if (day === undefined || hour === undefined || day.includes('T')) return day;
    if (day.length < 10) this.read.fault(new RowIncomplete(date, `is a month, and a time needs a day`));
    return `${day}T${hour}`;
  }
}

const makers: Readonly<Record<TableName, (cells: Cells, place: Place) => Told[]>> = {
  participants(cells, { programme, site }) {
    const when = (field: string) => cells.text(field);
    const lines: Told[] = [{ by: 'researcher', on: 'registered', line: { do: 'register', when: String(cells.need('registered', 'a registration has a date')), programme, site } }];
    const consented = when('consented');
    if (consented !== undefined) {
      const facts = { scopes: cells.need('scopes', 'consent is given to something'), formVersion: cells.need('formVersion', 'consent is given on a form'), capacity: cells.need('capacity', 'consent needs it') };
      lines.push({ by: 'researcher', on: 'consented', line: { do: 'consent', when: consented, facts } });
    }
    const enrolled = when('enrolled');
    if (enrolled !== undefined) lines.push({ by: 'researcher', on: 'enrolled', line: { do: 'enrolment', when: enrolled } });
    const worker = cells.text('worker');
    if (worker !== undefined) lines.push({ by: 'supervisor', on: 'workerFrom', line: { do: 'worker', when: String(cells.need('workerFrom', 'a worker takes somebody on from a date')), facts: { worker } } });
    const issued = when('workbookIssued');
    if (issued !== undefined) {
      const facts = { version: cells.need('workbookVersion', 'a workbook was issued'), delivery: cells.need('workbookDelivery', 'a workbook was issued') };
      lines.push({ by: 'supervisor', on: 'workbookIssued', line: { do: 'workbook', when: issued, facts } });
    }
    return lines;
  },

  sessions(cells) {
    const planned = cells.moment('planned', 'plannedTime');
    const start = cells.moment('start', 'startTime') ?? planned;
    const session = cells.text('session') ?? start;
    if (session === undefined) throw new RowIncomplete(cells.culprit('start', 'session', 'planned'), 'is empty, and so is the actual date: a session has at least one');
    const outcome = cells.must('outcome', 'it says what came of the session');
    const began = cells.text('start') === undefined ? 'planned' : 'start';
    const offer = () => cells.culprit('plannedTime', 'mode', 'method', 'planned');
    const line = (verb: string, on: string, when: string | undefined, facts: Line['facts'] = {}): Told => ({ by: 'supervisor', on, line: { do: verb, session, when: when ?? 'unknown', facts } });
    const lines = offerable(cells, planned) ? [line('offer', 'offered', cells.text('offered'), { plannedStart: planned, ...cells.facts('mode', 'method') })] : [];
    if (outcome === 'planned') {
      if (lines.length === 0) throw new RowIncomplete(offer(), 'an offer needs the planned date and time, the mode and the method');
    } else if (outcome === 'attended' || outcome === 'attended-late') {
      for (const field of ['minutes', 'mode', 'worker']) cells.need(field, 'the session took place');
      lines.push(line('attendance', began, start, { ...cells.facts('minutes', 'mode', 'place', 'worker', 'jointWorker', 'interpreter'), punctuality: outcome === 'attended' ? 'on-time' : 'late' }));
    } else if (outcome.startsWith('cancelled')) {
      if (lines.length === 0) throw new RowIncomplete(offer(), 'a cancellation is of a session that was offered: it needs the planned date and time, the mode and the method');
      lines.push(line('cancellation', 'cancelled', cells.text('cancelled'), { by: outcome.slice('cancelled-by-'.length), ...cells.facts('noticeHours') }));
    } else lines.push(line('non-attendance', began, start, { kind: outcome }));
    return lines;
  },

  sections(cells) {
    const section = String(cells.need('section', 'it says which'));
    const [started, completed, session] = [cells.text('started'), cells.text('completed'), cells.text('session')];
    if (started === undefined && completed === undefined) throw new RowIncomplete(cells.culprit('started', 'completed'), 'is empty, and so is the start: a section has at least one');
    return [
      ...(started === undefined ? [] : [{ by: 'supervisor', on: 'started', line: { do: 'section-start', section, when: started, facts: cells.facts('version') } } as const]),
      ...(completed === undefined ? [] : [{ by: 'supervisor', on: 'completed', line: { do: 'section-completion', section, when: completed, ...(session !== undefined && { session }), facts: { reporter: cells.need('reporter', 'somebody reported it'), ...cells.facts('version') } } } as const]),
    ];
  },

  admissions(cells) {
    const index = cells.must('kind', 'it says which care this was') === 'index';
    const first = index ? 'discharged' : 'admitted';
    const began = String(cells.need(first, index ? 'the index care is known by its end' : 'an admission has a date'));
    const episode = cells.text('episode') ?? `${index ? 'index' : 'admission'} ${began}`;
    const line = (verb: string, on: string, when: string, facts: Line['facts'] = {}): Told => ({ by: 'clinician', on, line: { do: verb, episode, when, facts } });
    if (index) return [line('index-discharge', first, began, cells.facts('setting'))];
    for (const field of ['source', 'foundOn']) cells.need(field, 'an admission is found somewhere, at some time');
    const [transferred, discharged] = [cells.text('transferred'), cells.text('discharged')];
    return [
      line('admission', first, began, cells.facts('setting', 'source', 'foundOn', 'area')),
      ...(transferred === undefined ? [] : [line('transfer', 'transferred', transferred, { to: cells.need('transferTo', 'a transfer leads somewhere') })]),
      ...(discharged === undefined ? [] : [line('discharge', 'discharged', discharged)]),
    ];
  },
};

/** An offer is told only where the row says all of it. */
function offerable(cells: Cells, planned: string | undefined): planned is string {
  return planned?.includes('T') === true && cells.text('mode') !== undefined && cells.text('method') !== undefined;
}

function reasonOf(values: Values): Pick<Line, 'because'> {
  const { becauseCode: code, becauseText: text } = values;
  if (code === undefined && text === undefined) return {};
  return { because: { code: String(code ?? 'imported'), ...(text !== undefined && { text: String(text) }) } };
}
