import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Cell } from './csv.js';
import type { Column } from './declared.js';

const types: Record<Column['type'], Omit<SchemaElement, 'name'>> = {
  token: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  boolean: { type: 'BOOLEAN' },
  date: { type: 'INT32', converted_type: 'DATE' },
};

/** A Parquet file, written a group of rows at a time. The same rows in the same groups make the same bytes: nothing in it tells when it was written. */
export class ParquetFile {
  private readonly to = new ByteWriter();
  private readonly file: ParquetWriter;

  constructor(
    private readonly columns: readonly Column[],
    about: Readonly<Record<string, string>>,
  ) {
    const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }, ...columns.map(({ name, type }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...types[type] }))];
    this.file = new ParquetWriter({ writer: this.to, schema, createdBy: 'cairn', kvMetadata: Object.entries(about).map(([key, value]) => ({ key, value })) });
  }

  write(rows: readonly (readonly Cell[])[]): void {
    const columnData = this.columns.map(({ name, type }, index) => ({ name, data: rows.map((row) => cellOf(type, row[index] ?? null)) }));
    void this.file.write({ columnData, rowGroupSize: rows.length });
  }

  end(): Uint8Array {
    void this.file.finish();
    return this.to.getBytes();
  }
}

function cellOf(type: Column['type'], cell: Cell): Cell | Date {
  return type === 'date' && typeof cell === 'string' ? new Date(`${cell}T00:00:00Z`) : cell;
}
