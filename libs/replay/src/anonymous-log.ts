import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { DataSource } from 'typeorm';
import { Document } from '@cairn/access/disclosed.js';
import { columns, release } from '@cairn/privacy/disclosure-control.js';
import { AnonymousRow } from './anonymous.read.js';

@Injectable()
export class AnonymousLog {
  constructor(private readonly database: DataSource) {}

  /** The log of one programme with its trailer. Programmes share no participants, so no two logs can be subtracted. */
  async of(programme: string, k: number, format: 'ndjson' | 'csv'): Promise<Document> {
    const entries = await this.database.manager.findBy(AnonymousRow, { programme });
    const { rows, generalised, withheld } = release(entries.map(({ participant: person, ...rest }) => ({ person, ...rest })), k);
    const trailer = { programme, k, rows: rows.length, generalised, withheld };
    if (format === 'csv') {
      const summary = Object.entries(trailer).map(([name, value]) => `${name}=${value}`);
      return new Document('text/csv; charset=utf-8', `${stringify([...rows], { header: true, columns: [...columns] })}# ${summary.join(' ')}\n`);
    }
    return new Document('application/x-ndjson', [...rows, { trailer }].map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
}
