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

/** The audit trail. It too can be made anew from the log, and in between it is only ever added to. */
class Trail1764000024000 implements MigrationInterface {
  readonly name = 'Trail1764000024000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.trail (
        position bigint primary key, event uuid not null, recorded_at text not null, occurred jsonb not null, happened_at bigint,
        stream text not null, subject text not null, participant uuid, programme text, site text, protocol_version text,
        actor text not null, role text not null, type text not null, reason text, source text not null,
        late boolean not null, delay integer, correction boolean not null, corrects uuid, worker text
      );
      revoke update, delete on read.trail from cairn_service;
      create unique index trail_event on read.trail (event);
      create index trail_recorded on read.trail (recorded_at, position);
      create index trail_participant on read.trail (participant, position);
      create index trail_actor on read.trail (actor, position);
      create index trail_type on read.trail (type, position);
      create index trail_site on read.trail (programme, site, position);
      create index trail_corrects on read.trail (corrects, position);
      -- What was recorded before there was a trail is folded into it: from the beginning, with all the other tables.
      do $$ declare name text; begin
        if (select position from read.checkpoint) > 0 then
          for name in select table_name from information_schema.tables where table_schema = 'read' and table_name <> 'checkpoint' loop
            execute format('truncate read.%I', name);
          end loop;
          update read.checkpoint set position = 0, moved_at = now();
        end if;
      end $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.trail');
  }
}

export const replayMigrations = [ReplayTables1764000005000, Trail1764000024000];
