import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { leftAt } from './staff/staff.js';
import { StaffRow } from './staff/staff.read.js';

/** Why somebody cannot hold a caseload at a site: they left, or nobody is engaged there under that staff id. */
export type Missing = 'left' | 'not-engaged';

interface Post {
  readonly worker: string | null;
  readonly site: string | null;
}

/** Whether those who have a caseload are engaged where it is. */
@Injectable()
export class Engagements {
  constructor(private readonly database: DataSource) {}

  /** Where nobody keeps engagements, that one is missing says nothing. */
  async of(posts: readonly Post[]): Promise<(post: Post) => Missing | undefined> {
    const [members, kept] = await Promise.all([this.members(posts.flatMap(({ worker }) => worker ?? [])), this.kept(posts.flatMap(({ site }) => site ?? []))]);
    return ({ worker, site }) => {
      const member = worker === null ? undefined : members.get(worker);
      if (member && leftAt(member.state)) return 'left';
      return worker === null || site === null || member?.sites.includes(site) || !kept.has(site) ? undefined : 'not-engaged';
    };
  }

  private async members(workers: readonly string[]): Promise<ReadonlyMap<string, StaffRow>> {
    const rows = await this.database.manager.findBy(StaffRow, { staff: In([...new Set(workers)]) });
    return new Map(rows.map((row) => [row.staff, row]));
  }

  /** Those sites at which anybody was ever engaged. */
  private async kept(sites: readonly string[]): Promise<ReadonlySet<string>> {
    const rows: { site: string }[] = await this.database.query('select site from unnest($1::text[]) as site where exists (select from read.staff s where jsonb_exists(s.sites, site))', [[...new Set(sites)]]);
    return new Set(rows.map(({ site }) => site));
  }
}
