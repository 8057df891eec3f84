import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The schema of the read models, and how far they have come. Their tables are made by later migrations; the service may fill and empty them. */
class ReadModels1764000003000 implements MigrationInterface {
  readonly name = 'ReadModels1764000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema read authorization cairn_owner;

      create table read.checkpoint (
        single boolean primary key default true check (single),
        position bigint not null check (position >= 0),
        moved_at timestamptz not null default now()
      );
      alter table read.checkpoint owner to cairn_owner;
      insert into read.checkpoint (position) values (0);

      revoke all on schema read from public;
      grant usage on schema read to cairn_service;
      grant select, update on read.checkpoint to cairn_service;
      alter default privileges for role cairn_owner in schema read
        grant select, insert, update, delete, truncate on tables to cairn_service;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema read cascade');
  }
}

/** Which registrations are merged into which, as far as the read models have come. */
class Merges1764000020500 implements MigrationInterface {
  readonly name = 'Merges1764000020500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table read.merges (merged uuid primary key, kept uuid not null); alter table read.merges owner to cairn_owner; grant select, insert, update, delete, truncate on read.merges to cairn_service');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.merges');
  }
}

/** How far each process has come. It is part of the record, not of the read models: no rebuild goes back to the beginning of what was done. */
class Processes1764000025000 implements MigrationInterface {
  readonly name = 'Processes1764000025000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema process authorization cairn_owner;

      create table process.checkpoint (
        name text primary key,
        position bigint not null check (position >= 0),
        moved_at timestamptz not null default now()
      );
      alter table process.checkpoint owner to cairn_owner;

      revoke all on schema process from public;
      grant usage on schema process to cairn_service;
      grant select, insert, update on process.checkpoint to cairn_service;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema process cascade');
  }
}

/** A release that folds otherwise than the one before it folds everything anew: the log has it all. */
export async function foldAnew(runner: QueryRunner): Promise<void> {
  await runner.query(`
    do $$
    declare names text;
    begin
      select string_agg(format('%I.%I', schemaname, tablename), ', ') into names from pg_tables where schemaname = 'read' and tablename <> 'checkpoint';
      if names is not null then execute 'truncate ' || names; end if;
      update read.checkpoint set position = 0, moved_at = now();
    end $$;
  `);
}

class ReadModelsAnew1764000090000 implements MigrationInterface {
  readonly name = 'ReadModelsAnew1764000090000';

  up(runner: QueryRunner): Promise<void> {
    return foldAnew(runner);
  }

  async down(): Promise<void> {
    // Made anew, they are what they would have been.
  }
}

/** Of whom the read models know that they were erased: beside the position, for it says as much of how far they are. */
class Erased1764000096000 implements MigrationInterface {
  readonly name = 'Erased1764000096000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table read.checkpoint add erased uuid[] not null default '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.checkpoint drop erased');
  }
}

/** With every key destroyed, by whatever hand, a term of the log ends: nothing is taken any more that was sealed, or decided on what was opened, before. */
class DestroyedEndsTerm1764000140100 implements MigrationInterface {
  readonly name = 'DestroyedEndsTerm1764000140100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function keyring.end_term() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      begin
        if exists (select from written where destroyed_at is not null) then
          perform log.end_term();
        end if;
        return null;
      end $$;
      revoke all on function keyring.end_term() from public;
      create trigger ends_term_made after insert on keyring.keys referencing new table as written for each statement execute function keyring.end_term();
      create trigger ends_term after update on keyring.keys referencing new table as written for each statement execute function keyring.end_term();
      alter table keyring.keys enable always trigger ends_term_made, enable always trigger ends_term;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger ends_term_made on keyring.keys; drop trigger ends_term on keyring.keys; drop function keyring.end_term()');
  }
}

/** What the runners of the read models and of the processes need of the database, in order. */
export const journalMigrations = [ReadModels1764000003000, Merges1764000020500, Processes1764000025000, ReadModelsAnew1764000090000, Erased1764000096000, DestroyedEndsTerm1764000140100];
