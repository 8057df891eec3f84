import { identityInHeader, identityInText, isNhsNumber } from '@cairn/interop/identity.js';
import { flagOf, momentOf, shown, textOf, timeOf, wholeOf, type DateOrder } from '@cairn/interop/cells.js';
import { WallClock, type Cell, type Row } from '@cairn/interop/table.js';
import { UNCALCULATED } from '@cairn/interop/xlsx.js';
import { plain, tables, type Field, type TableName } from './fields.js';
import type { Value, Values } from './lines.js';
import { fieldOf, IGNORE, type ColumnMapping, type Mapping } from './mapping.js';

/** What is wrong in a row, and in which of its columns. */
export interface RowFault {
  readonly column?: string;
  readonly message: string;
}

interface Column {
  readonly index: number;
  readonly header: string;
  readonly name: string;
  readonly field: Field;
  readonly mapping: ColumnMapping;
}

/** The columns of one table of one file, and what its headers have against being imported. */
export class Columns {
  readonly faults: RowFault[] = [];
  /** Headers whose cells are not read. */
  readonly left: string[] = [];
  private readonly taken: Column[] = [];
  private readonly width: number;
  private readonly order: DateOrder;
  private readonly constants: Readonly<Record<string, string>>;

  constructor(
    private readonly table: TableName,
    header: Row,
    mapping: Mapping,
  ) {
    const mapped = mapping.tables[table];
    this.order = mapping.dates;
    this.constants = mapped?.constants ?? {};
    const headers = header.cells.map(textOf);
    this.width = headers.findLastIndex((text) => text !== '') + 1;
    const byHeader = new Map(Object.entries(mapped?.columns ?? {}).map(([said, column]) => [plain(said), { said, column }]));
    headers.forEach((text, index) => this.take(text, index, byHeader.get(plain(text))?.column));
    for (const [key, { said }] of byHeader) if (!headers.some((text) => plain(text) === key)) this.faults.push({ column: said, message: `the mapping names this column, and the file has none; it has: ${headers.filter(Boolean).join(', ')}` });
    for (const [name, field] of Object.entries(tables[table])) if (field.needed && this.columnOf(name) === undefined && this.constants[name] === undefined) this.faults.push({ message: `no column is "${field.header}" (${name}); give it that header, or map its column` });
  }

  /** What the row says by field. A cell that cannot be read is a fault of its column. */
  read(row: Row): { values: Values; faults: RowFault[]; unread: Set<string> } {
    const faults: RowFault[] = [];
    const unread = new Set<string>();
    const values: Record<string, Value> = {};
    const filled = row.cells.findLastIndex((cell) => textOf(cell) !== '') + 1;
    if (filled > this.width) faults.push({ message: `has ${filled} cells, and the header ${this.width}: a cell with a separator in it needs quotation marks` });
    if (row.cells.length < this.width) faults.push({ message: `has ${row.cells.length} cells, and the header ${this.width}: a separator is missing` });
    for (const column of faults.length > 0 ? [] : this.taken) {
      try {
        const value = valueOf(row.cells[column.index] ?? '', column, this.order);
        if (value !== undefined) values[column.name] = value;
      } catch (error) {
        unread.add(column.name);
        faults.push({ column: column.header, message: error instanceof Error ? error.message : String(error) });
      }
    }
    return { values: { ...this.constantValues(values, faults), ...values }, faults, unread };
  }

  /** The column a field is read from, as its header names it. */
  columnOf(field: string): string | undefined {
    return this.taken.find(({ name }) => name === field)?.header;
  }

  private take(header: string, index: number, mapping: ColumnMapping | undefined): void {
    if (mapping?.field === IGNORE || header === '') return;
    const identity = identityInHeader(header);
    if (identity !== undefined) return void this.faults.push({ column: header, message: `seems to hold ${identity}, which never comes in; remove the column, or map it to "${IGNORE}"` });
    const understood = mapping ?? this.understood(header);
    const field = understood && fieldOf(this.table, understood.field);
    if (!understood || !field) return void this.left.push(header);
    const other = this.columnOf(understood.field);
    if (other !== undefined) return void this.faults.push({ column: header, message: `is "${field.header}" (${understood.field}), and so is the column "${other}" before it; keep one, or map the other to "${IGNORE}"` });
    this.taken.push({ index, header, name: understood.field, field, mapping: understood });
  }

  /** A header as the template writes it, or the field's own name. */
  private understood(header: string): ColumnMapping | undefined {
    const found = Object.entries(tables[this.table]).find(([name, field]) => plain(field.header) === plain(header) || plain(name) === plain(header));
    return found && { field: found[0] };
  }

  private constantValues(values: Values, faults: RowFault[]): Values {
    const read = Object.entries(this.constants).flatMap(([name, text]): [string, Value][] => {
      const field = fieldOf(this.table, name);
      if (!field || values[name] !== undefined) return [];
      try {
        const value = valueOf(text, { field, mapping: { field: name } }, this.order);
        return value === undefined ? [] : [[name, value]];
      } catch (error) {
        faults.push({ message: `the mapping's constant ${name}: ${error instanceof Error ? error.message : String(error)}` });
        return [];
      }
    });
    return Object.fromEntries(read);
  }
}

/** @throws Error in words a person can use */
function valueOf(cell: Cell, { field, mapping }: Pick<Column, 'field' | 'mapping'>, order: DateOrder): Value | undefined {
  const text = textOf(cell);
  if (text === UNCALCULATED) throw new Error('is a formula without a value; open the workbook in Excel, let it calculate, and save it again');
  if (/^#(NULL!|DIV\/0!|VALUE!|REF!|NAME\?|NUM!|N\/A|SPILL!|ERROR)$/.test(text)) throw new Error(`is a formula that failed (${text})`);
  const translated = mapping.values?.[plain(text)];
  const meant: Cell = translated ?? cell;
  if (textOf(meant) === '') return undefined;
  switch (field.kind) {
    case 'moment':
      return momentOf(meant, mapping.dates ?? order);
    case 'time':
      return timeOf(meant);
    case 'whole':
      return wholeOf(meant);
    case 'flag':
      return flagOf(meant);
    case 'choice':
      return choiceOf(textOf(meant), field);
    case 'list':
      return textOf(meant).split(/[;,|]/).map((part) => part.trim()).filter(Boolean).map((part) => choiceOf(mapping.values?.[plain(part)] ?? part, field));
    case 'key':
      return keyOf(textOf(meant));
    case 'code':
      return codeOf(textOf(meant));
    case 'text':
      return freeText(meant);
  }
}

function choiceOf(text: string, { choices = {} }: Field): string {
  const key = plain(text);
  const found = Object.entries(choices).find(([choice, others]) => plain(choice) === key || others.some((other) => plain(other) === key));
  if (!found) throw new Error(`${shown(text)} is not one of ${Object.keys(choices).join(', ')}; correct it, or say in the mapping's "values" what it means`);
  return found[0];
}

function keyOf(text: string): string {
  if (isNhsNumber(text)) throw new Error('holds what is an NHS number by its check digit; use the service\'s own number');
  if (text.length > 80 || /[\p{C}]/u.test(text)) throw new Error(`${shown(text)} cannot be a number of the service's own: at most 80 printable characters`);
  if (/^[=+@]/.test(text)) throw new Error(`${shown(text)} looks like a formula; a number of the service's own begins with a letter or a digit`);
  return text;
}

function codeOf(text: string): string {
  if (isNhsNumber(text) || !/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u.test(text)) throw new Error(`${shown(text)} is not a code: letters, digits, and . _ @ -`);
  return text;
}

function freeText(cell: Cell): string {
  const text = cell instanceof WallClock ? cell.text : String(cell).trim();
  const found = identityInText(text);
  if (found !== undefined) throw new Error(`holds ${found}, which never comes in; take it out`);
  return text;
}
