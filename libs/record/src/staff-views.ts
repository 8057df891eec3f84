import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
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

/** Members of staff, as those who look after them see them. */
@Injectable()
export class StaffViews {
  constructor(
    private readonly journal: Journal,
    private readonly database: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Those within the caller's reach, by their ids. */
  async list(asking: Asking, { site, after, limit }: { readonly site?: string | undefined; readonly after?: string | undefined; readonly limit: number }): Promise<Page<Listed>> {
    const { caller, roles } = asking;
    const query = this.database.createQueryBuilder(StaffRow, 's').orderBy('s.staff').limit(limit + 1);
    const everyone = roles.some((role) => role === 'administrator' || reach[role] === 'programme');
    const sites = roles.some((role) => reach[role] === 'site') ? caller.sites : [];
    if (!everyone) query.andWhere('(jsonb_exists_any(s.sites, :sites) OR s.staff = :own)', { sites, own: roles.includes('worker') ? (caller.staff ?? '') : '' });
    if (site !== undefined) query.andWhere('jsonb_exists(s.sites, :site)', { site });
    if (after !== undefined) query.andWhere('s.staff > :after', { after });
    const rows = await query.getMany();
    const shown = rows.slice(0, limit);
    const caseloads = await this.caseloads(asking, shown.map((row) => row.staff));
    const items = await Promise.all(shown.map(async (row) => ({ ...memberOn(row.staff, row.state, await this.today(row.state)), ...caseloads(row.staff) })));
    const last = shown.at(-1);
    return { items, ...(rows.length > limit && last && { next: Buffer.from(last.staff).toString('base64url') }) };
  }

  /** @throws Unknown */
  async member(asking: Asking, id: string): Promise<Listed & { readonly entries: readonly object[] }> {
    const [state, history] = await Promise.all([this.journal.state(staff, id), this.journal.history([[staff, id]])]);
    const sites = engagedAt(state).map(({ site }) => site);
    if (sites.length === 0 || reachingStaff(asking.roles, asking.caller, id, sites).length === 0) throw new Unknown('staff');
    const caseloads = await this.caseloads(asking, [id]);
    return { ...memberOn(id, state, await this.today(state)), ...caseloads(id), entries: history.map(conductEntry) };
  }

  private async caseloads({ caller }: Asking, ids: readonly string[]): Promise<(id: string) => { readonly caseload?: number }> {
    if (granted(questionGrants.Caseload, caller).length === 0) return () => ({});
    const query = this.database.createQueryBuilder(CourseRow, 'c').select('c.worker', 'worker').addSelect('count(distinct c.participant)::int', 'caseload');
    const counted = await query.where('c.worker = any(:ids) and c.ended is null', { ids }).groupBy('c.worker').getRawMany<{ worker: string; caseload: number }>();
    const sizes = new Map(counted.map(({ worker, caseload }) => [worker, caseload]));
    return (id) => ({ caseload: sizes.get(id) ?? 0 });
  }

  /** The local date where they are engaged. */
  private async today(state: StaffState): Promise<string> {
    const id = engagedAt(state).at(-1)?.programme;
    const zone = id === undefined ? undefined : (await this.journal.state(programme, id)).registered?.zone;
    return dateOf({ at: this.clock(), precision: 'minute', zone: zone ?? 'UTC' }) ?? '';
  }
}

/** An entry about somebody's work, access, or the conduct of the programme. It is about nobody taking part: whoever may ask sees all but the free words of its reason. */
export function conductEntry({ id, type, data, occurred, recordedAt, actor, source, reason }: Entry) {
  return { id, type, data, occurred, recordedAt, by: { id: actor.id, role: actor.role }, source, ...(reason && { because: reason.code }) };
}
