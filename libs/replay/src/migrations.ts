import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables of the timelines and of the anonymous log. All of it can be made anew from the log. */
class ReplayTables1764000005000 implements MigrationInterface {
  readonly name = 'ReplayTables1764000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.timeline (
        participant uuid, entry uuid, position bigint not null, stream text not null, type text not null, version integer not null, happened_at bigint,
        occurred jsonb not null, recorded_at text not null, actor jsonb not null, source text not null, reason jsonb, protocol jsonb, data jsonb not null,
        corrections jsonb not null, erased boolean not null, flags jsonb not null, primary key (participant, entry)
      );
      create index timeline_in_order on read.timeline (participant, happened_at, position);

      create table read.timeline_masked (like read.timeline, primary key (participant, entry));
      create index timeline_masked_in_order on read.timeline_masked (participant, happened_at, position);

      create table read.anonymous_entries (
        participant uuid, entry uuid, position bigint not null, programme text not null, kind text not null, period text not null, quarter text not null,
        mode text not null, outcome text not null, section text not null, primary key (participant, entry)
      );
      create index anonymous_entries_by_programme on read.anonymous_entries (programme);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.timeline, read.timeline_masked, read.anonymous_entries');
  }
}

export const replayMigrations = [ReplayTables1764000005000];
