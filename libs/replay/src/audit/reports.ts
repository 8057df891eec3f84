import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Cursors } from '@cairn/access/cursors.js';
import type { Document } from '@cairn/access/disclosed.js';
import { granted, questionGrants } from '@cairn/access/policy.js';
import type { Caller, Role } from '@cairn/access/roles.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { faultsOf } from '@cairn/kernel/faults.js';
import { Invalid, Refused } from '@cairn/kernel/refused.js';
import { AccessReview } from './access-review.js';
import { AfterAuthority } from './after-authority.js';
import { PeopleReport } from './people-report.js';
import { render, type Format } from './render.js';
import type { Cut, Line, Report } from './report.js';
import { TrailReport } from './trail-report.js';

export const reportNames = ['audit-trail', 'audit-trail-people', 'after-authority', 'access-review'] as const;
export type ReportName = (typeof reportNames)[number];

export interface Whole {
  readonly document: Document;
  readonly participants: readonly string[];
  readonly lines: number;
}

const LARGEST_DOCUMENT = 50_000;
const PART = 5_000;
const SETTLE_MS = 5_000;

/** The reports of oversight: a page of one as it is asked for, or one whole up to a cut. */
@Injectable()
export class Reports {
  private readonly byName: Readonly<Record<ReportName, Report>>;

  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
    trail: TrailReport,
    people: PeopleReport,
    afterAuthority: AfterAuthority,
    accessReview: AccessReview,
  ) {
    this.byName = { 'audit-trail': trail, 'audit-trail-people': people, 'after-authority': afterAuthority, 'access-review': accessReview };
  }

  /** The caller's roles that may ask for a report. */
  rolesFor(name: ReportName, caller: Caller): Role[] {
    return granted(questionGrants[this.byName[name].question], caller);
  }

  /** @throws Invalid when a filter is none of this report, or not what it must be */
  check(name: ReportName, filters: object): void {
    const faults = faultsOf(this.byName[name].filter, filters, 'filters');
    if (faults.length > 0) throw new Invalid(faults);
  }

  async page(name: ReportName, filters: object, format: Format, roles: readonly Role[], { cursor, limit }: { cursor?: string | undefined; limit: number }): Promise<Whole> {
    const [after, position, access] = (this.cursors.open(name, cursor) ?? []).map(Number);
    const cut = position === undefined || access === undefined ? await this.cutNow() : { position, access };
    const report = this.byName[name];
    const { lines, participants, next } = await report.page(filters, cut, { after, limit }, roles);
    const document = render(format, { report: name, filters, cut: await this.tokenOf(cut), columns: report.columns, lines, ...(next !== undefined && { next: this.cursors.seal(name, [next, cut.position, cut.access]) }) });
    return { document, participants, lines: lines.length };
  }

  /** @throws Refused `report-too-large` */
  async whole(name: ReportName, filters: object, format: Format, roles: readonly Role[], cut: Cut): Promise<Whole> {
    const report = this.byName[name];
    const lines: Line[] = [];
    const participants = new Set<string>();
    for (let after: number | undefined, more = true; more; ) {
      const page = await report.page(filters, cut, { after, limit: PART }, roles);
      lines.push(...page.lines);
      for (const participant of page.participants) participants.add(participant);
      if (lines.length > LARGEST_DOCUMENT) throw new Refused('report-too-large', `This report has more than ${LARGEST_DOCUMENT} lines. Narrow it by site, person or time, and save several.`);
      after = page.next;
      more = after !== undefined;
    }
    return { document: render(format, { report: name, filters, cut: await this.tokenOf(cut), columns: report.columns, lines }), participants: [...participants], lines: lines.length };
  }

  async cutNow(): Promise<Cut> {
    const [cut] = await this.database.query<Cut[]>('select (select coalesce(max(position), 0) from read.trail) as position, (select coalesce(max(id), 0) from access.log) as access');
    return cut ?? { position: 0, access: 0 };
  }

  /**
   * A cut that stays what it is: the access log is numbered before it is committed, so a lower number may still be on its way.
   *
   * @throws NotCaughtUp
   */
  async settledCut(): Promise<Cut> {
    const cut = await this.cutNow();
    await pause(20);
    const [begun] = await this.database.query<{ xmax: string }[]>('select pg_snapshot_xmax(pg_current_snapshot())::text as xmax');
    for (const until = performance.now() + SETTLE_MS; performance.now() < until; ) {
      const [now] = await this.database.query<{ over: boolean }[]>('select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as over', [begun?.xmax]);
      if (now?.over) return cut;
      await pause(20);
    }
    throw new NotCaughtUp();
  }

  /** The token of the entry at the cut: positions stay inside. */
  async tokenOf({ position }: Cut): Promise<string | null> {
    const [row] = await this.database.query<{ event: string }[]>('select event from read.trail where position <= $1 order by position desc limit 1', [position]);
    return row?.event ?? null;
  }
}
