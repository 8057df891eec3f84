import type { Row } from '@cairn/interop/table.js';
import type { Role } from '@cairn/access/roles.js';
import { commands } from '../record/commands.js';
import type { Contract } from '../record/contract.js';
import type { Telling } from '../record/format.js';
import type { Names } from '../record/names.js';
import { requestOf, type Said } from '../record/telling.js';
import type { Person } from '../people.js';
import type { RowFault } from './columns.js';
import type { TableName } from './fields.js';
import { linesOf, RowIncomplete, sourceOf, type Told, type Values } from './lines.js';
import type { Source } from './sources.js';

/** Where and as whom everything is told. */
export interface Teller extends Said {
  readonly names: Names;
  readonly programme: string;
  readonly site: string;
  readonly people: Readonly<Partial<Record<Role, Person>>>;
}

/** A row as it would be sent, or all that speaks against it. */
export interface Checked {
  readonly source: Source;
  readonly row: number;
  readonly participant?: string;
  readonly tellings: readonly Telling[];
  readonly faults: readonly RowFault[];
  /** The row of the participants that is wrong itself, so that this one cannot be told. */
  readonly waitsFor?: number;
  readonly isExample?: true;
}

/** What names a thing within its table: two rows with the same say two things of one. */
const identities: Readonly<Record<TableName, readonly string[]>> = { participants: [], sessions: ['session'], sections: ['section', 'version'], admissions: ['episode'] };
/** So many rows are held against each other; memory must not grow with the file. The service refuses what is told twice in any case. */
const COMPARED = 250_000;

/** Checks rows, in the order of the tables, against the mapping, the service's contract, and one another. Sends nothing itself. */
export class RowCheck {
  private readonly seen = new Map<string, number>();
  /** Participants by their own number: the row that is wrong, 0 for those that are fine, -1 for those that nobody registered. */
  private readonly participants = new Map<string, Promise<number>>();
  private readonly refusals = new Map<string, number>();

  constructor(
    private readonly teller: Teller,
    private readonly contract: Contract,
    /** Whether the service has this participant. */
    private readonly isThere: (participant: string) => Promise<boolean>,
    private readonly sections: ReadonlySet<string>,
  ) {}

  /** What can be told from the row, and from those before it. */
  check(source: Source, row: Row): Checked {
    const { values, faults, unread } = source.columns.read(row);
    const named = values['participant'];
    const participant = typeof named === 'string' ? named : undefined;
    const about = { source, row: row.row, ...(participant !== undefined && { participant }) };
    if (participant !== undefined && /^example\b/i.test(participant)) return { ...about, tellings: [], faults: [], isExample: true };
    const all = [...faults];
    // Of a row that is no row of this table, nothing more can be said.
    const isWhole = faults.every(({ column }) => column !== undefined);
    if (participant === undefined && isWhole && !unread.has('participant')) all.push({ ...this.column(source, 'participant'), message: 'is empty: a row without a participant tells of nobody' });
    const tellings = isWhole ? this.tellings(source, row.row, values, unread, all) : [];
    if (isWhole) all.push(...this.unknownSection(source, values));
    if (all.length === 0) all.push(...this.against(source, row.row, values));
    if (source.table === 'participants' && participant !== undefined) this.registers(participant, all.length > 0 ? row.row : 0);
    return { ...about, tellings: all.length > 0 ? [] : tellings, faults: all };
  }

  /** And whether its participant is registered, here or with the service. */
  async withParticipant(checked: Checked): Promise<Checked> {
    const { source, participant, faults, isExample } = checked;
    if (source.table === 'participants' || participant === undefined || isExample) return checked;
    const known = this.participants.get(participant) ?? this.isThere(this.teller.names.participant(participant)).then((isThere) => (isThere ? 0 : -1));
    this.participants.set(participant, known);
    const standing = await known;
    if (standing > 0 && faults.length === 0) return { ...checked, tellings: [], waitsFor: standing };
    if (standing === 0 || standing > 0) return checked;
    return { ...checked, tellings: [], faults: [...faults, { ...this.column(source, 'participant'), message: `nobody is registered under "${participant}"; add them to the participants` }] };
  }

  /** A registration that the service refused: what rests on it is not told. */
  refused({ source, row, participant }: Checked): void {
    if (source.table === 'participants' && participant !== undefined) this.refusals.set(participant, row);
  }

  /** The row of the participants that was refused since. */
  waitsFor({ source, participant = '' }: Checked): number | undefined {
    return source.table === 'participants' ? undefined : this.refusals.get(participant);
  }

  /** What a cell has against it is told once: the first there is. */
  private tellings(source: Source, row: number, values: Values, unread: ReadonlySet<string>, faults: RowFault[]): Telling[] {
    const said = new Set(unread);
    const fault = (field: string, message: string) => {
      if (!said.has(field)) faults.push({ ...this.column(source, field), message });
      said.add(field);
    };
    try {
      return linesOf(source.table, { values, unread, fault: ({ field, message }) => fault(field, message) }, this.teller).flatMap((told) => {
        const telling = this.dated(told, row, fault);
        for (const { message } of telling ? this.contract.faultsOf([telling]) : []) fault(sourceOf(source.table, /^\w*/.exec(message)?.[0] ?? ''), `${told.line.do}: ${message}`);
        return telling ?? [];
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      fault(error instanceof RowIncomplete ? error.field : '', error.message);
      return [];
    }
  }

  /** A date that cannot be is its own column's fault; the rest of the line is looked at as if it were not known. */
  private dated(told: Told, row: number, fault: (field: string, message: string) => void): Telling | undefined {
    try {
      return this.telling(told, row);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      try {
        const undated = this.telling({ ...told, line: { ...told.line, when: 'unknown' } }, row);
        fault(told.on, message);
        return undated;
      } catch {
        fault('planned', message);
        return undefined;
      }
    }
  }

  private telling({ line, by }: Told, row: number): Telling {
    const shape = commands[line.do];
    const person = this.teller.people[by];
    if (!shape || !person) throw new Error(`nobody tells "${line.do}" here`);
    const request = requestOf(line, shape, this.teller);
    const { method, path, body } = request;
    return { kind: 'telling', line: row, do: line.do, as: by, person, ...(line.when !== undefined && { when: line.when }), ...request, key: this.teller.names.key([person.subject, method, path, body], 1) };
  }

  private against({ table, from, columns }: Source, row: number, values: Values): RowFault[] {
    const fields = identities[table];
    if (table !== 'participants' && fields.every((field) => values[field] === undefined)) return [];
    const key = JSON.stringify([from.file, from.sheet, ['participant', ...fields].map((field) => values[field])]);
    const before = this.seen.get(key);
    if (before === undefined && this.seen.size < COMPARED) this.seen.set(key, row);
    const column = columns.columnOf(fields[0] ?? 'participant');
    return before === undefined ? [] : [{ ...(column !== undefined && { column }), message: `row ${before} tells of the same one; leave one of the two, or give them numbers of their own` }];
  }

  private unknownSection({ table, columns }: Source, values: Values): RowFault[] {
    const section = values['section'];
    if (table !== 'sections' || section === undefined || this.sections.has(String(section))) return [];
    const column = columns.columnOf('section');
    return [{ ...(column !== undefined && { column }), message: `"${String(section)}" is no section of the programme's workbooks: ${[...this.sections].join(', ')}; say in the mapping's "values" which it means` }];
  }

  /** Two rows of one participant are told as such; a wrong one of them is what others wait for. */
  private registers(participant: string, wrongRow: number): void {
    const before = this.participants.get(participant);
    this.participants.set(participant, before ? before.then((row) => row || wrongRow) : Promise.resolve(wrongRow));
  }

  private column({ columns }: Source, field: string): { column?: string } {
    const column = columns.columnOf(field);
    return column === undefined ? {} : { column };
  }
}
