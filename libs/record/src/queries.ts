import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Cursors } from '@cairn/access/cursors.js';
import { isMasked, seesClass } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { within, type Page } from './lists.js';
import { ParticipantRow } from './participants/participants.read.js';
import { MaskedQueryRow, QueryRow, type Deed, type QueryLine } from './review/queries.read.js';

interface DeedView {
  readonly occurred: Deed['occurred'];
  readonly recordedAt: string;
  readonly by: { readonly role: string; readonly id?: string };
}

export interface QueryView extends Pick<QueryLine, 'query' | 'participant' | 'stream' | 'topic' | 'to' | 'entries' | 'open'> {
  readonly text?: string;
  readonly raised?: DeedView;
  readonly answered?: DeedView & { readonly text?: string };
  readonly closed?: DeedView & { readonly resolution: string };
}

export type ListedQuery = QueryView & Pick<ParticipantRow, 'studyNumber' | 'site'>;

export interface QueryFilter {
  readonly to?: string | undefined;
  readonly topic?: string | undefined;
  readonly site?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

const LIST = 'queries';

/** Queries as those who ask may see them: masked roles from the streams they see. */
@Injectable()
export class Queries {
  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
  ) {}

  /** All of a participant's, in the order they were raised. */
  async of(asking: Asking, participant: string): Promise<QueryView[]> {
    const rows: QueryLine[] = await this.database.manager.find(rowOf(asking), { where: { participant }, order: { raisedAt: 'ASC', query: 'ASC' } });
    return rows.map((row) => view(row, asking));
  }

  /** The open ones of everyone the caller reaches, the oldest first. */
  async open(asking: Asking, { to, topic, site, cursor, limit }: QueryFilter): Promise<Page<ListedQuery>> {
    const query = this.database.createQueryBuilder(ParticipantRow, 'p').innerJoinAndMapOne('p.asked', rowOf(asking), 'q', 'q.participant = p.participant AND q.open');
    if (to !== undefined) query.andWhere('q.recipient = :to', { to });
    if (topic !== undefined) query.andWhere('q.topic = :topic', { topic });
    if (site !== undefined) query.andWhere('p.site = :site', { site });
    const after = this.cursors.open(LIST, cursor);
    if (after) query.andWhere('(q.raised_at, q.query) > (:afterAt, :afterQuery)', { afterAt: after[0], afterQuery: after[1] });
    // One row a query, though the participant's columns repeat: an entity a participant would keep only the first.
    const rows = await within(query, asking)
      .select(['p.study_number AS "studyNumber"', 'p.site AS site', 'q.participant AS participant', 'q.query AS query'])
      .orderBy('q.raised_at').addOrderBy('q.query').limit(limit + 1)
      .getRawMany<Pick<ListedQuery, 'studyNumber' | 'site' | 'participant' | 'query'>>();
    const shown = rows.slice(0, limit);
    const lines = shown.length === 0 ? [] : await this.database.manager.find<QueryLine>(rowOf(asking), { where: shown.map(({ participant, query: id }) => ({ participant, query: id })) });
    const byQuery = new Map(lines.map((line) => [`${line.participant} ${line.query}`, line]));
    const items = shown.flatMap(({ studyNumber, site: at, participant, query: id }) => {
      const line = byQuery.get(`${participant} ${id}`);
      return line ? [{ studyNumber, site: at, ...view(line, asking) }] : [];
    });
    const last = lines.find(({ query: id }) => id === shown.at(-1)?.query);
    return { items, ...(rows.length > limit && last && { next: this.cursors.seal(LIST, [last.raisedAt, last.query]) }) };
  }
}

function rowOf({ caller }: Asking): new () => QueryLine {
  return isMasked(caller) ? MaskedQueryRow : QueryRow;
}

function view({ query, participant, stream, topic, to, entries, open, text, raised, answered, closed }: QueryLine, { roles }: Asking): QueryView {
  const seesText = seesClass(roles, 'personal');
  const deed = ({ occurred, recordedAt, actor }: Deed): DeedView => ({ occurred, recordedAt, by: { role: actor.role, ...(seesClass(roles, 'worker') && { id: actor.id }) } });
  return {
    query, participant, stream, topic, to, entries, open,
    ...(text !== null && seesText && { text }),
    ...(raised && { raised: deed(raised) }),
    ...(answered && { answered: { ...deed(answered), ...(seesText && { text: answered.text }) } }),
    ...(closed && { closed: { ...deed(closed), resolution: closed.resolution } }),
  };
}
