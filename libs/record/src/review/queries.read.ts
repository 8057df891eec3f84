import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { categoryOf, type Actor, type Entry } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { readModel, type ReadModel, type Row } from '@cairn/kernel/read-model.js';
import { remarksOn, type QueryClosed, type QueryRaised } from './events.js';

/** Who did it, and when, on both clocks. */
export interface Deed {
  readonly occurred: Occurred;
  readonly recordedAt: string;
  readonly actor: Actor;
}

/** One query, and how far it has come. */
export abstract class QueryLine implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') query: string;
  @Column('bigint') position: number;
  @Column('text') stream: string;
  @Column('text') topic: QueryRaised['topic'] | '';
  @Column('text', { name: 'recipient' }) to: QueryRaised['to'] | '';
  @Column('jsonb') entries: readonly string[];
  @Column('text', { nullable: true }) text: string | null;
  @Column('boolean') open: boolean;
  @Column('text', { name: 'raised_at' }) raisedAt: string;
  @Column('jsonb', { nullable: true }) raised: Deed | null;
  @Column('jsonb', { nullable: true }) answered: (Deed & { readonly text: string }) | null;
  @Column('jsonb', { nullable: true }) closed: (Deed & { readonly resolution: QueryClosed['resolution'] }) | null;
}

@Entity({ schema: 'read', name: 'queries' })
@Index('queries_open', ['open', 'raisedAt', 'query'])
export class QueryRow extends QueryLine {}

/** The same, from streams that tell nothing of the arm: what masked roles are shown. */
@Entity({ schema: 'read', name: 'queries_masked' })
@Index('queries_masked_open', ['open', 'raisedAt', 'query'])
export class MaskedQueryRow extends QueryLine {}

const deed = ({ occurred, recordedAt, actor }: Deed): Deed => ({ occurred, recordedAt, actor });

export function queryRows(row: new () => QueryLine, groups: readonly Catalogue[]): ReadModel<QueryLine> {
  return readModel(
    row,
    groups.map(remarksOn),
    {
      key: { column: 'query', of: ({ data }: Entry) => (data as { query?: string }).query },
      initial: { query: '', stream: '', topic: '', to: '', entries: [], text: null, open: false, raisedAt: '', raised: null, answered: null, closed: null },
      derive: (line) => ({ ...line, open: line.raised !== null && line.closed === null }),
    },
    {
      QueryRaised: (line, entry) => {
        const { topic, to, entries, text } = entry.data;
        return { ...line, stream: categoryOf(entry.stream), topic, to, entries, text: text ?? null, raisedAt: entry.recordedAt, raised: deed(entry) };
      },
      QueryAnswered: (line, entry) => ({ ...line, answered: { ...deed(entry), text: entry.data.text } }),
      QueryClosed: (line, entry) => ({ ...line, closed: { ...deed(entry), resolution: entry.data.resolution } }),
    },
  );
}
