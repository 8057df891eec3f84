import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { Cursors } from '@cairn/access/cursors.js';
import { Unknown } from '@cairn/access/denied.js';
import { granted, questionGrants, reach, reachingStaff } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import { CLOCK, type Clock } from './case-record.js';
import type { Page } from './lists.js';
import { programme } from './programme/programme.js';
import { engagedAt, staff, type StaffState } from './staff/staff.js';
import { memberOn, StaffRow, type StaffMember } from './staff/staff.read.js';
import { CourseRow } from './support/courses.read.js';

/** `caseload`: participants they have at this moment; only for those who may see caseloads. */
type Listed = StaffMember & { readonly caseload?: number };

const LIST = 'staff';

/** Members of staff, as those who look after them see them. */
@Injectable()
export class StaffViews {
  constructor(
    private readonly journal: Journal,
    private readonly database: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly cursors: Cursors,
  ) {}

  /** Those within the caller's reach, by their ids. */
  async list(asking: Asking, { site, cursor, limit }: { readonly site?: string | undefined; readonly cursor?: string | undefined; readonly limit: number }): Promise<Page<Listed>> {
    const query = this.within(asking, site).limit(limit + 1);
    const [after] = this.cursors.open(LIST, cursor) ?? [];
    if (after !== undefined) query.andWhere('s.staff > :after', { after });
    const rows = await query.getMany();
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return { items: await this.members(asking, shown), ...(rows.length > limit && last && { next: this.cursors.seal(LIST, [last.staff]) }) };
  }

  /** All of them at once. */
  async everyone(asking: Asking, site: string | undefined): Promise<readonly Listed[]> {
    return this.members(asking, await this.within(asking, site).getMany());
  }

  private within({ caller, roles }: Asking, site: string | undefined): SelectQueryBuilder<StaffRow> {
    const query = this.database.createQueryBuilder(StaffRow, 's').orderBy('s.staff');
    const everyone = roles.some((role) => role === 'administrator' || reach[role] === 'programme');
    const sites = roles.some((role) => reach[role] === 'site') ? caller.sites : [];
    if (!everyone) query.andWhere('(jsonb_exists_any(s.sites, :sites) OR s.staff = :own)', { sites, own: roles.includes('worker') ? (caller.staff ?? '') : '' });
    if (site !== undefined) query.andWhere('jsonb_exists(s.sites, :site)', { site });
    return query;
  }

  private async members(asking: Asking, rows: readonly StaffRow[]): Promise<Listed[]> {
    const [caseloads, today] = await Promise.all([this.caseloads(asking, rows.map((row) => row.staff)), this.today(rows.map(({ state }) => state))]);
    return rows.map(({ staff: id, state }) => ({ ...memberOn(id, state, today(state)), ...caseloads(id) }));
  }

  /** @throws Unknown */
  async member(asking: Asking, id: string): Promise<Listed & { readonly entries: readonly object[] }> {
    const [state, history] = await Promise.all([this.journal.state(staff, id), this.journal.history([[staff, id]])]);
    const sites = engagedAt(state).map(({ site }) => site);
    if (sites.length === 0 || reachingStaff(asking.roles, asking.caller, id, sites).length === 0) throw new Unknown('staff');
    const [caseloads, today] = await Promise.all([this.caseloads(asking, [id]), this.today([state])]);
    return { ...memberOn(id, state, today(state)), ...caseloads(id), entries: history.map(conductEntry) };
  }

  private async caseloads({ caller }: Asking, ids: readonly string[]): Promise<(id: string) => { readonly caseload?: number }> {
    if (granted(questionGrants.Caseload, caller).length === 0) return () => ({});
    const query = this.database.createQueryBuilder(CourseRow, 'c').select('c.worker', 'worker').addSelect('count(distinct c.participant)::int', 'caseload');
    const counted = await query.where('c.worker = any(:ids) and c.ended is null', { ids }).groupBy('c.worker').getRawMany<{ worker: string; caseload: number }>();
    const sizes = new Map(counted.map(({ worker, caseload }) => [worker, caseload]));
    return (id) => ({ caseload: sizes.get(id) ?? 0 });
  }

  /** The local date where each is engaged; every programme is asked once. */
  private async today(states: readonly StaffState[]): Promise<(state: StaffState) => string> {
    const programmes = [...new Set(states.flatMap((state) => programmeOf(state) ?? []))];
    const zones = new Map(await Promise.all(programmes.map(async (id) => [id, (await this.journal.state(programme, id)).registered?.zone] as const)));
    const now = this.clock();
    return (state) => dateOf({ at: now, precision: 'minute', zone: zones.get(programmeOf(state) ?? '') ?? 'UTC' }) ?? '';
  }
}

function programmeOf(state: StaffState): string | undefined {
  return engagedAt(state).at(-1)?.programme;
}

/** An entry about somebody's work, access, or the conduct of the programme. It is about nobody taking part: whoever may ask sees all but the free words of its reason. */
export function conductEntry({ id, type, data, occurred, recordedAt, actor, source, reason }: Entry) {
  return { id, type, data, occurred, recordedAt, by: { id: actor.id, role: actor.role }, source, ...(reason && { because: reason.code }) };
}
