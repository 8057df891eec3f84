import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who read whom. Rows are only ever added, and the service can give neither their number nor their time: both are the database's.
 * 21 CFR 11.10(e); ICH E6(R3) 4.2.2.
 */
class AccessLog1764000006000 implements MigrationInterface {
  readonly name = 'AccessLog1764000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema access authorization cairn_owner;

      create table access.log (
        id bigint generated always as identity primary key,
        at timestamptz not null default clock_timestamp(),
        actor text not null check (actor <> ''),
        roles text[] not null,
        sites text[] not null,
        method text not null,
        route text not null,
        purpose text,
        participants uuid[] not null,
        request_id text not null,
        outcome text not null check (outcome <> '')
      );
      create index log_participants on access.log using gin (participants);
      create index log_actor on access.log (actor, id);
      create index log_at on access.log (at);

      create function access.refuse() returns trigger language plpgsql set search_path = pg_catalog as $$
      begin
        raise exception 'The access log keeps every entry as it was written: % is refused.', tg_op
          using errcode = 'integrity_constraint_violation';
      end $$;
      create trigger kept before update or delete or truncate on access.log for each statement execute function access.refuse();
      alter table access.log enable always trigger kept;

      revoke all on schema access from public;
      revoke all on access.log from public, cairn_service, cairn_keyring;
      revoke all on function access.refuse() from public;
      grant usage on schema access to cairn_service;
      grant select on access.log to cairn_service;
      grant insert (actor, roles, sites, method, route, purpose, participants, request_id, outcome) on access.log to cairn_service;
    `);
  }

  /** There is no way back: it would forget who read whom. */
  down(): Promise<void> {
    return Promise.reject(new Error('The access log is not taken down: it would forget who read whom. Restore a backup of an older release instead.'));
  }
}

/** What the access log needs of the database, in order. */
export const accessMigrations = [AccessLog1764000006000];
