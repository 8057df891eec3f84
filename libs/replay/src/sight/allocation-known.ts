import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { maskedRoles } from '@cairn/access/roles.js';
import { categoryOf, type Entry } from '@cairn/kernel/envelope.js';
import type { Aspect } from '../replayed.js';

/** Who could know a participant's allocation at an instant, and from what. ICH E6(R3) 4.1. */
export interface AllocationKnown {
  /** Those who had recorded on a stream whose very existence tells the arm. */
  readonly recorded: readonly { readonly user: string; readonly roles: readonly string[]; readonly first: string; readonly entries: number }[];
  /** Those who had read the participant in a role that is not masked. */
  readonly read: readonly { readonly user: string; readonly roles: readonly string[]; readonly first: string; readonly last: string; readonly readings: number }[];
}

@Injectable()
export class AllocationKnowledge {
  constructor(private readonly database: DataSource) {}

  /** @param known the raw history as it was known at the instant */
  async of(participant: string, known: readonly Entry[], aspects: readonly Aspect[], instant: string): Promise<AllocationKnown> {
    const telling = new Set(aspects.filter(({ events }) => events.reveals === 'allocation').map(({ events }) => events.stream));
    const byActor = Map.groupBy(known.filter(({ stream }) => telling.has(categoryOf(stream))), ({ actor }) => actor.id);
    return {
      recorded: [...byActor].map(([user, entries]) => ({ user, roles: [...new Set(entries.map(({ actor }) => actor.role))], first: entries[0]?.recordedAt ?? '', entries: entries.length })),
      read: await this.readers(participant, instant),
    };
  }

  private readers(participant: string, instant: string): Promise<AllocationKnown['read'][number][]> {
    return this.database.query(
      `select actor as user, jsonb_agg(distinct role) as roles, count(distinct id) as readings,
         to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as first, to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last
       from access.log cross join lateral unnest(roles) as role
       where participants @> array[$1::uuid] and at <= $2::timestamptz and outcome = 'disclosed' and not roles && $3::text[]
       group by actor order by min(at), actor`,
      [participant, instant, [...maskedRoles]],
    );
  }
}
