import { commands, corrections, isCorrectionName, namesOf, voidReasons, type CommandShape, type CorrectionName, type Named } from './commands.js';
import type { Correction, Fault, Line, Prepared, Reason, Telling } from './format.js';
import { headerOf, isObject, nameShape, reasonFault, type Header } from './header.js';
import { isUuid, Names } from './names.js';
import { instants, requestOf, type Said } from './telling.js';
import { whenOf } from './when.js';

export interface Preparation {
  readonly lines: readonly Prepared[];
  /** Lines of which the date alone cannot be read, as if it were not known: their facts can be held against the contract all the same. */
  readonly undated: readonly Prepared[];
  /** In the order of the lines. With any of them nothing may be sent. */
  readonly faults: readonly Fault[];
}

interface Options {
  /** The local date: nothing after it has happened. */
  readonly today: string;
  /** Who tells the lines that do not say so themselves. */
  readonly speaker?: string;
}

const lineKeys = ['as', 'do', 'label', 'when', 'facts', 'because', 'via', 'note'];
const nameKeys = ['programme', 'version', 'site', 'participant', 'duplicate', 'session', 'episode', 'section', 'scope', 'course', 'attempt', 'query', 'deviation', 'dataset'];
const correctionKeys = ['entry', 'part', 'why'];

/** Reads a whole file into requests, or says everything that is wrong with it. Touches nothing. */
export function prepare(content: unknown, options: Options): Preparation {
  if (!isObject(content)) return { lines: [], undated: [], faults: [{ message: 'it must be one object: { "format": "cairn-record/1", … }' }] };
  const { header, faults } = headerOf(content);
  const lines = content['lines'];
  if (!header || !Array.isArray(lines)) return { lines: [], undated: [], faults };
  const reader = new LineReader(header, options);
  lines.forEach((line, index) => reader.read(line, index + 1));
  return { lines: reader.prepared, undated: reader.undated, faults: [...faults, ...reader.faults] };
}

class LineReader {
  readonly prepared: Prepared[] = [];
  readonly undated: Prepared[] = [];
  readonly faults: Fault[] = [];
  private readonly names: Names;
  private readonly toSay: Said;
  /** Undefined for a line that is at fault: what names it is not a second fault. */
  private readonly labels = new Map<string, Prepared | undefined>();
  private readonly introduced = new Set<string>();
  private readonly said = new Map<string, number>();

  constructor(
    private readonly header: Header,
    private readonly options: Options,
  ) {
    this.names = new Names(header.namespace);
    const { zone, because, via } = header;
    this.toSay = { names: this.names, today: options.today, via, ...(zone !== undefined && { zone }), ...(because && { because }) };
    for (const name of header.participants) this.introduced.add(`participant/${name}`);
  }

  /** One line, from 1. */
  read(given: unknown, line: number): void {
    const before = this.faults.length;
    const fault = (message: string) => void this.faults.push({ line, message });
    if (!isObject(given)) return fault('must be an object');
    if (typeof given['do'] !== 'string' || (!Object.hasOwn(commands, given['do']) && !isCorrectionName(given['do'])))
      return fault(`"do" is ${JSON.stringify(given['do']) ?? 'missing'}; it must be one of ${[...Object.keys(commands), ...corrections].join(', ')}`);
    const told = given as unknown as Line;
    this.check(given, told, fault);
    const prepared = this.faults.length > before ? undefined : isCorrectionName(told.do) ? this.correction(told, told.do, line, fault) : this.telling(told, commands[told.do], line, fault);
    // A line that is at fault still introduces its names, so that one fault is told once.
    this.introduce(told, prepared, fault);
    if (prepared && this.faults.length === before) this.prepared.push(prepared);
    else if (this.faults.length > before) this.undate(given, told, line);
  }

  private undate(given: Readonly<Record<string, unknown>>, told: Line, line: number): void {
    const others: string[] = [];
    const fault = (message: string) => void others.push(message);
    this.check({ ...given, when: 'unknown' }, { ...told, when: 'unknown' }, fault);
    const undated = others.length > 0 ? undefined : this.telling({ ...told, when: 'unknown' }, commands[told.do], line, fault);
    if (undated) this.undated.push(undated);
  }

  /** What every line must keep to, whatever it tells. */
  private check(given: Readonly<Record<string, unknown>>, told: Line, fault: (message: string) => void): void {
    const shape = commands[told.do];
    const { needed, possible } = shape ? namesOf(shape) : { needed: [], possible: ['participant'] };
    const allowed = [...lineKeys, ...possible, ...(shape ? [] : correctionKeys)];
    for (const key of Object.keys(given)) if (!allowed.includes(key)) fault(`"${key}" has no place in a line that does "${told.do}"${[...nameKeys, ...correctionKeys].includes(key) ? '' : '; what is told of the event itself stands in "facts"'}`);
    for (const key of needed) if (given[key] === undefined) fault(`"${key}" is missing`);
    for (const key of [...possible, 'as', 'label', 'entry']) if (given[key] !== undefined && (typeof given[key] !== 'string' || !nameShape.test(given[key]))) fault(`"${key}" is ${JSON.stringify(given[key])}; a name has letters, digits, spaces, and . _ @ -`);
    if (told.facts !== undefined && !isObject(told.facts)) fault('"facts" must be an object');
    const wrong = told.because === undefined ? undefined : reasonFault(told.because);
    if (wrong !== undefined) fault(`"because" ${wrong}`);
    const speaker = told.as ?? this.options.speaker;
    if (speaker === undefined) fault(`"as" is missing: say who tells this (${[...this.header.people.keys()].join(', ')}), or give --as`);
    else if (!this.header.people.has(speaker)) fault(`"as" is "${speaker}", who is not among the people of the file: ${[...this.header.people.keys()].join(', ')}`);
    if (shape?.dated === false && told.when !== undefined) fault('"when" has no place here: a programme line tells what holds, not what happened');
    if (told.when !== undefined && shape?.dated !== false) this.reading(fault, () => whenOf(told.when, this.header.zone, this.options.today));
    if (shape?.dated && told.when === undefined) fault('"when" is missing: say when it happened, or "unknown"');
    for (const kind of shape ? [...(shape.introduces === 'participant' ? [] : (['participant'] as const)), ...(shape.restsOn ? [shape.restsOn] : [])] : []) this.rests(kind, told, fault);
  }

  private telling(told: Line, shape: CommandShape | undefined, line: number, fault: (message: string) => void): Telling | undefined {
    if (!shape) return undefined;
    const [request] = this.reading(fault, () => requestOf(told, shape, this.toSay));
    const common = this.common(told, line);
    if (!common || !request) return undefined;
    return { ...common, kind: 'telling', do: told.do, ...request, key: this.key([common.person.subject, request.method, request.path, request.body]) };
  }

  private correction(told: Line, verb: CorrectionName, line: number, fault: (message: string) => void): Correction | undefined {
    const { entry, part = 1, why, facts = {} } = told;
    if (entry === undefined) return void fault('"entry" is missing: name the label of the line to correct');
    const meant = this.labels.get(entry);
    const participant = told.participant ?? meant?.participant?.name;
    if (!meant && this.labels.has(entry)) return undefined;
    if (!meant && !isUuid(entry)) return void fault(`"entry" is "${entry}", which is the label of no earlier line and no entry id`);
    if (participant === undefined) return void fault(meant ? `"${entry}" is about a programme: that changes by a new version` : '"participant" is missing: an entry named by its id is found in their history');
    if (meant && meant.kind === 'correction') return void fault(`"${entry}" is itself a correction; correct the line that it corrects: the latest wins`);
    if (!Number.isInteger(part) || part < 1) return void fault('"part" must be a whole number from 1: which of the entries that line made');
    if (verb === 'void' && !voidReasons.includes(why ?? '')) return void fault(`"why" must be one of ${voidReasons.join(', ')}`);
    const because: Reason | undefined = told.because;
    if (verb === 'amend' && (why !== undefined || !because)) return void fault('an amendment needs "because": { "code": "…", "text": "…" }, and no "why"');
    if (verb === 'amend' && Object.keys(facts).length === 0 && told.when === undefined) return void fault('an amendment needs "facts" with what is to be different, or "when"');
    const [moment] = this.reading(fault, () => ({ facts: { ...facts, ...instants(facts, this.header.zone) }, ...(told.when !== undefined && { occurred: whenOf(told.when, this.header.zone, this.options.today) }) }));
    const common = this.common(told, line);
    if (!common || !moment) return undefined;
    const found = meant ? { line: meant.line, part } : { id: entry };
    const said = { ...moment, ...(because && { because }), ...(why !== undefined && { why }) };
    const key = this.key([common.person.subject, verb, meant ? [meant.key, part] : entry, said]);
    return { ...common, kind: 'correction', do: verb, entry: found, ...said, participant: { name: participant, id: this.names.participant(participant) }, key };
  }

  private common(told: Line, line: number) {
    const as = told.as ?? this.options.speaker ?? '';
    const person = this.header.people.get(as);
    return person && { line, as, person, ...(told.label !== undefined && { label: told.label }), ...(told.when !== undefined && { when: told.when }) };
  }

  private reading<T>(fault: (message: string) => void, read: () => T): [T?] {
    try {
      return [read()];
    } catch (error) {
      fault(error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  /** Lines that say exactly the same are told apart by their order alone, so a line put in between changes no other's key. */
  private key(said: unknown): string {
    const once = this.names.key(said, 1);
    const nth = (this.said.get(once) ?? 0) + 1;
    this.said.set(once, nth);
    return nth === 1 ? once : this.names.key(said, nth);
  }

  private rests(kind: Named, told: Line, fault: (message: string) => void): void {
    const name = told[kind];
    const earlier = this.header.participants.includes(told.participant ?? '');
    if (typeof name !== 'string' || !nameShape.test(name) || isUuid(name) || this.introduced.has(nameIn(kind, told)) || (kind !== 'participant' && earlier)) return;
    if (kind === 'participant' && !commands[told.do]?.path.includes('{participant}')) return;
    const remedy = kind === 'participant' ? 'register them first, or list them under "participants" when an earlier file did' : `no earlier line ${kind === 'session' ? 'offers or holds such a session with' : 'finds such an episode of'} "${told.participant ?? ''}"`;
    fault(`${kind} "${name}" is unknown here: ${remedy}`);
  }

  private introduce(told: Line, prepared: Prepared | undefined, fault: (message: string) => void): void {
    const kind = commands[told.do]?.introduces;
    if (kind && typeof told[kind] === 'string') this.introduced.add(nameIn(kind, told));
    if (told.label === undefined) return;
    if (this.labels.has(told.label)) fault(`the label "${told.label}" is already that of an earlier line`);
    else this.labels.set(told.label, prepared);
  }
}

function nameIn(kind: Named, told: Line): string {
  return kind === 'participant' ? `participant/${told.participant ?? ''}` : `${kind}/${told.participant ?? ''}/${told[kind] ?? ''}`;
}
