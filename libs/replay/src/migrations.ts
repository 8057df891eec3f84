import type { MigrationInterface, QueryRunner } from 'typeorm';
import { foldAnew } from '@cairn/journal/migrations.js';

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

/** What was recorded before a table of the log was there is folded into it: from the beginning, with all the other tables. */
const foldAnewOnce = `
      do $$ declare name text; begin
        if (select position from read.checkpoint) > 0 then
          for name in select table_name from information_schema.tables where table_schema = 'read' and table_name <> 'checkpoint' loop
            execute format('truncate read.%I', name);
          end loop;
          update read.checkpoint set position = 0, moved_at = now();
        end if;
      end $$;`;

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
      ${foldAnewOnce}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.trail');
  }
}

/** Under which registration an entry was recorded, where that was merged into another. */
class TimelineRegistration1764000020200 implements MigrationInterface {
  readonly name = 'TimelineRegistration1764000020200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.timeline add registration uuid; alter table read.timeline_masked add registration uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.timeline drop registration; alter table read.timeline_masked drop registration');
  }
}

/** Who had which authority when; and the reports that were saved, each with what it takes to give the same bytes again. */
class Oversight1764000024100 implements MigrationInterface {
  readonly name = 'Oversight1764000024100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.authority (
        position bigint primary key, recorded_at text not null, type text not null, account text, staff text, roles jsonb, sites jsonb, since bigint, until bigint
      );
      revoke update, delete on read.authority from cairn_service;
      create index authority_account on read.authority (account, position);
      create index authority_staff on read.authority (staff, position);
      ${foldAnewOnce}

      create table access.documents (
        id uuid primary key, saved_at timestamptz not null default clock_timestamp(), saved_by text not null, roles jsonb not null, report text not null, filters jsonb not null, format text not null,
        position bigint not null, access bigint not null, lines integer not null, sha256 text not null
      );
      create index documents_saved on access.documents (saved_at, id);
      create function access.refuse_document() returns trigger language plpgsql set search_path = pg_catalog as $$
      begin
        raise exception 'A saved document stays as it was saved: % is refused.', tg_op using errcode = 'integrity_constraint_violation';
      end $$;
      create trigger kept before update or delete or truncate on access.documents for each statement execute function access.refuse_document();
      alter table access.documents enable always trigger kept;
      revoke all on access.documents from public, cairn_service, cairn_keyring;
      revoke all on function access.refuse_document() from public;
      grant select on access.documents to cairn_service;
      grant insert (id, saved_by, roles, report, filters, format, position, access, lines, sha256) on access.documents to cairn_service;
    `);
  }

  /** There is no way back: it would forget what was saved. */
  down(): Promise<void> {
    return Promise.reject(new Error('Saved documents are not taken down. Restore a backup of an older release instead.'));
  }
}

/** Whose a participant was at an instant is asked for every reading that is reviewed, however many entries the participant has. */
class Custody1764000031000 implements MigrationInterface {
  readonly name = 'Custody1764000031000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("create index trail_custody on read.trail (participant, position) where type in ('ParticipantRegistered', 'WorkerAssigned', 'WorkerUnassigned')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index read.trail_custody');
  }
}

/** Of whoever is erased the trail keeps what a rebuild would: their rows are made anew. */
class TrailErasures1764000096200 implements MigrationInterface {
  readonly name = 'TrailErasures1764000096200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('grant delete on read.trail to cairn_service');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('revoke delete on read.trail from cairn_service');
  }
}

/** What is written for every entry is kept small: what is shown of one is one text, and of the trail's indexes each is what a report asks for. */
class SlimReplay1764000110000 implements MigrationInterface {
  readonly name = 'SlimReplay1764000110000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table read.timeline, read.timeline_masked;
      create table read.timeline (participant uuid, entry uuid, position bigint not null, type text not null, happened_at bigint, told text not null, primary key (participant, entry));
      create index timeline_in_order on read.timeline (participant, happened_at, position);
      create table read.timeline_masked (like read.timeline, primary key (participant, entry));
      create index timeline_masked_in_order on read.timeline_masked (participant, happened_at, position);

      alter table read.trail drop column occurred, add column happened text;
      drop index read.trail_event, read.trail_recorded, read.trail_type, read.trail_site, read.trail_corrects;
      create index trail_recorded on read.trail using brin (recorded_at);
      create index trail_type on read.trail (type);
      create index trail_site on read.trail (programme, site);
      create index trail_corrects on read.trail (corrects, position) where corrects is not null;
    `);
    await foldAnew(runner);
  }

  /** There is no way back that the release before would not have to fold anew. */
  down(): Promise<void> {
    return Promise.reject(new Error('Restore a backup of an older release instead.'));
  }
}

/** What flags of other entries follow from, for each page of a timeline. */
class Grounds1764000111000 implements MigrationInterface {
  readonly name = 'Grounds1764000111000';

  async up(runner: QueryRunner): Promise<void> {
    const grounds = "(participant, position) where type in ('Died', 'ConsentGiven', 'Reconsented', 'ConsentScopeWithdrawn', 'EntryAttested')";
    await runner.query(`create index timeline_grounds on read.timeline ${grounds}; create index timeline_masked_grounds on read.timeline_masked ${grounds}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index read.timeline_grounds, read.timeline_masked_grounds');
  }
}

/** What is told of an entry is kept as it is told, and beside it what is asked of it each time: to take each apart made up most of a page. */
class ToldAsItIs1764000128000 implements MigrationInterface {
  readonly name = 'ToldAsItIs1764000128000';

  async up(runner: QueryRunner): Promise<void> {
    const added = 'add column dated text, add column flags text, add column registration uuid';
    await runner.query(`alter table read.timeline ${added}; alter table read.timeline_masked ${added}`);
    await foldAnew(runner);
  }

  /** There is no way back that the release before would not have to fold anew. */
  down(): Promise<void> {
    return Promise.reject(new Error('Restore a backup of an older release instead.'));
  }
}

export const replayMigrations = [ReplayTables1764000005000, TimelineRegistration1764000020200, Trail1764000024000, Oversight1764000024100, Custody1764000031000, TrailErasures1764000096200, SlimReplay1764000110000, Grounds1764000111000, ToldAsItIs1764000128000];
