import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isRole, type Role } from '@cairn/access/roles.js';
import { AuthorityRow } from '../authority.read.js';

/** What a user was at an instant, as far as the record and the access log knew then. */
export interface Standing {
  /** Where that is known from: grants on record; else what the access log saw them use; else the last entry they made. */
  readonly basis: 'grants' | 'access-log' | 'entries' | 'nothing';
  readonly roles: readonly Role[];
  readonly sites: readonly string[];
  /** Their staff id; without a grant that names one, that of their token's subject is assumed. */
  readonly staff?: string;
  readonly staffAssumed?: true;
  /** Why they could see nothing then, whatever roles they had. */
  readonly ended?: 'access-revoked' | 'access-expired' | 'engagement-ended';
}

@Injectable()
export class WhoTheyWere {
  constructor(private readonly database: DataSource) {}

  /** @param instant RFC 3339, UTC, microseconds */
  async at(user: string, instant: string): Promise<Standing> {
    const until = Date.parse(instant);
    const account = await this.authority('account', user, instant);
    const used = account.length > 0 ? undefined : ((await this.lastRead(user, instant)) ?? (await this.lastEntry(user, instant)));
    const revoked = account.findLastIndex(({ type }) => type === 'AccessRevoked');
    const grants = account.slice(revoked + 1);
    const inForce = grants.filter((grant) => grant.until === null || until < grant.until);
    const named = inForce.findLast(({ staff }) => staff !== null)?.staff ?? undefined;
    const roles = [...new Set(used?.roles ?? inForce.flatMap((grant) => grant.roles ?? []))].filter(isRole);
    const staff = named ?? (roles.includes('worker') ? user : undefined);
    const ended = account.length === 0 || inForce.length > 0 ? await this.leftBy(staff, instant) : grants.length > 0 ? 'access-expired' : 'access-revoked';
    return {
      basis: account.length > 0 ? 'grants' : (used?.basis ?? 'nothing'),
      roles,
      sites: [...new Set(used?.sites ?? inForce.flatMap((grant) => grant.sites ?? []))],
      ...(staff !== undefined && { staff, ...(named === undefined && { staffAssumed: true as const }) }),
      ...(ended && { ended }),
    };
  }

  private async leftBy(staff: string | undefined, instant: string): Promise<Standing['ended']> {
    if (staff === undefined) return undefined;
    const known = (await this.authority('staff', staff, instant)).filter(({ type, since }) => (type === 'Left' && (since ?? 0) < Date.parse(instant)) || (type === 'Engaged' && (since ?? 0) <= Date.parse(instant)));
    return known.at(-1)?.type === 'Left' ? 'engagement-ended' : undefined;
  }

  /** As it was known then, in the order in which it was recorded. */
  private authority(column: 'account' | 'staff', id: string, instant: string): Promise<AuthorityRow[]> {
    return this.database.createQueryBuilder(AuthorityRow, 'a').where(`a.${column} = :id AND a.recordedAt <= :instant`, { id, instant }).orderBy('a.position').getMany();
  }

  private async lastRead(user: string, instant: string): Promise<{ basis: 'access-log'; roles: string[]; sites: string[] } | undefined> {
    const [row] = await this.database.query<{ roles: string[]; sites: string[] }[]>('select roles, sites from access.log where actor = $1 and at <= $2::timestamptz order by id desc limit 1', [user, instant]);
    return row && { basis: 'access-log', ...row };
  }

  private async lastEntry(user: string, instant: string): Promise<{ basis: 'entries'; roles: string[]; sites: string[] } | undefined> {
    const [row] = await this.database.query<{ role: string; site: string | null }[]>('select role, site from read.trail where actor = $1 and recorded_at <= $2 order by position desc limit 1', [user, instant]);
    return row && { basis: 'entries', roles: [row.role], sites: row.site === null ? [] : [row.site] };
  }
}
