import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The keyring: apart from the log, in a schema that only the role cairn_keyring may use.
 * A key is made once and destroyed once; the database refuses every other change, whoever asks.
 */
class Keyring1764000002000 implements MigrationInterface {
  readonly name = 'Keyring1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema keyring authorization cairn_owner;

      create table keyring.master (
        id text primary key,
        check_value text not null,
        created_at timestamptz not null default now()
      );
      -- One key-encryption key at a time: of two first starts with different keys, the second is refused.
      create unique index one_master on keyring.master ((true));

      create table keyring.keys (
        participant uuid primary key,
        wrapped text,
        created_at timestamptz not null default now(),
        destroyed_at timestamptz,
        constraint destroyed_for_good check ((wrapped is null) = (destroyed_at is not null))
      );

      create function keyring.refuse() returns trigger language plpgsql set search_path = pg_catalog as $$
      begin
        raise exception 'The keyring keeps every row of %: % is refused. A key is made once and destroyed once.', tg_table_name, tg_op
          using errcode = 'integrity_constraint_violation';
      end $$;

      create trigger kept before delete on keyring.keys for each row execute function keyring.refuse();
      create trigger kept_whole before truncate on keyring.keys execute function keyring.refuse();
      create trigger only_destroyed before update on keyring.keys for each row
        when (old.destroyed_at is not null or new.wrapped is not null or new.participant <> old.participant or new.created_at <> old.created_at)
        execute function keyring.refuse();
      create trigger kept before update or delete on keyring.master for each row execute function keyring.refuse();
      create trigger kept_whole before truncate on keyring.master execute function keyring.refuse();

      revoke all on schema keyring from public;
      revoke all on all tables in schema keyring from public, cairn_service;
      revoke all on function keyring.refuse() from public;
      grant usage on schema keyring to cairn_keyring;
      grant select, insert on keyring.master to cairn_keyring;
      grant select, insert, update (wrapped, destroyed_at) on keyring.keys to cairn_keyring;
    `);
  }

  /** There is no way back: it would destroy every participant's key. */
  down(): Promise<void> {
    return Promise.reject(new Error('The keyring is not taken down: without it no participant\'s record can be read. Restore a backup of an older release instead.'));
  }
}

/** The read models ask every second whose key is destroyed. */
class Destroyed1764000096100 implements MigrationInterface {
  readonly name = 'Destroyed1764000096100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index destroyed_keys on keyring.keys (participant) where destroyed_at is not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index keyring.destroyed_keys');
  }
}

/** What the keyring needs of the database, in order. */
export const privacyMigrations = [Keyring1764000002000, Destroyed1764000096100];
