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

/** What the runner of the read models needs of the database, in order. */
export const journalMigrations = [ReadModels1764000003000];
