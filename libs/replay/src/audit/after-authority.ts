import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuthorityRow } from '../authority.read.js';
import { TrailRow } from '../trail.read.js';
import { PeopleFilter } from './filters.js';
import type { Cut, Line, Page, PageAsked, Report } from './report.js';
import { among, lineOf } from './trail-report.js';

/** A time in which somebody recorded without the authority to, in epoch milliseconds; without an end it lasts. */
interface Gap {
  readonly account: string;
  readonly why: string;
  readonly from: number;
  readonly to: number | null;
}

/** Entries recorded after an authority had ended: staff who had left, access revoked or run out, a delegation over. DOMAIN.md situation 7. */
@Injectable()
export class AfterAuthority implements Report<PeopleFilter> {
  readonly question = 'AfterAuthority';
  readonly filter = PeopleFilter;
  readonly columns = {
    recorded: 'Recorded', happened: 'Happened', person: 'Person', role: 'Role', programme: 'Programme', site: 'Site', about: 'About', what: 'What', authority: 'What had ended', endedAt: 'Ended', happenedBefore: 'Happened before it ended', reason: 'Reason', source: 'Came by', participant: 'Participant', entry: 'Entry',
  };

  constructor(private readonly database: DataSource) {}

  async page(filter: PeopleFilter, cut: Cut, { after, limit }: PageAsked): Promise<Page> {
    const gaps = gapsIn(await this.database.createQueryBuilder(AuthorityRow, 'a').where('a.position <= :position', { position: cut.position }).orderBy('a.since').addOrderBy('a.position').getMany());
    if (gaps.length === 0) return { lines: [], participants: [] };
    const query = among(this.database.createQueryBuilder(TrailRow, 't'), filter, cut).andWhere('t.actor = ANY(:accounts)', { accounts: [...new Set(gaps.map(({ account }) => account))] });
    query.andWhere('EXISTS (SELECT FROM jsonb_to_recordset(:gaps) AS g (account text, "from" text, "to" text) WHERE g.account = t.actor AND t.recordedAt > g.from AND (g.to IS NULL OR t.recordedAt < g.to))', {
      gaps: JSON.stringify(gaps.map(({ account, from, to }) => ({ account, from: instantOf(from), to: to === null ? null : instantOf(to) }))),
    });
    if (after !== undefined) query.andWhere('t.position < :after', { after });
    const rows = await query.orderBy('t.position', 'DESC').limit(limit + 1).getMany();
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const lines = shown.flatMap((row) => gapsOf(row, gaps).map((gap): Line => ({ ...lineOf(row), authority: gap.why, endedAt: new Date(gap.from).toISOString(), happenedBefore: row.happenedAt === null ? null : row.happenedAt <= gap.from })));
    return { lines, participants: [...new Set(shown.flatMap(({ participant }) => participant ?? []))], ...(rows.length > limit && last && { next: last.position }) };
  }
}

/** An entry made when several authorities had ended has a line for each. */
function gapsOf({ actor, recordedAt }: TrailRow, gaps: readonly Gap[]): Gap[] {
  return gaps.filter(({ account, from, to }) => account === actor && recordedAt > instantOf(from) && (to === null || recordedAt < instantOf(to)));
}

/** As the record writes instants, so that texts compare as times do. */
function instantOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/** From what was given and ended, in the order of its effect. */
export function gapsIn(rows: readonly AuthorityRow[]): Gap[] {
  const accountsOf = Map.groupBy(rows.filter(({ account, staff }) => account !== null && staff !== null), ({ staff }) => staff);
  const ofStaff = [...Map.groupBy(rows.filter(({ staff, account }) => staff !== null && account === null), ({ staff }) => staff)].flatMap(([staff, own]) => {
    const accounts = new Set([staff ?? '', ...(accountsOf.get(staff) ?? []).map(({ account }) => account ?? '')]);
    const gaps = [...ended(own, 'Left', 'Engaged', 'left'), ...ranOut(own, 'TasksDelegated', 'delegation ended')];
    return [...accounts].flatMap((account) => gaps.map((gap) => ({ ...gap, account })));
  });
  const ofAccounts = [...Map.groupBy(rows.filter(({ account }) => account !== null), ({ account }) => account ?? '')].flatMap(([account, own]) =>
    [...ended(own, 'AccessRevoked', 'AccessGranted', 'access revoked'), ...ranOut(own, 'AccessGranted', 'access ran out')].map((gap) => ({ ...gap, account })),
  );
  return [...ofStaff, ...ofAccounts];
}

function ended(rows: readonly AuthorityRow[], by: string, again: string, why: string): Omit<Gap, 'account'>[] {
  return rows.flatMap(({ type, since }, at) => (type === by && since !== null ? [{ why, from: since, to: rows.slice(at + 1).find((later) => later.type === again)?.since ?? null }] : []));
}

function ranOut(rows: readonly AuthorityRow[], given: string, why: string): Omit<Gap, 'account'>[] {
  return rows.flatMap(({ type, until }, at) => {
    if (type !== given || until === null) return [];
    // Of several grants one still in force is enough; a delegation takes the place of the one before.
    const covered = given === 'AccessGranted' && rows.some((other) => other.type === given && (other.since ?? 0) <= until && (other.until === null || other.until > until));
    if (covered) return [];
    const renewed = rows.slice(at + 1).find((later) => later.type === given)?.since ?? null;
    return renewed !== null && renewed <= until ? [] : [{ why, from: until, to: renewed }];
  });
}
