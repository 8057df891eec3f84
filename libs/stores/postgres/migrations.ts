import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPEND_FUNCTION, APPEND_ONE_FUNCTION } from './append-function.js';

/**
 * The log: events that are only ever added, and only by `log.append`. The service's role may call that function and read; the
 * database refuses to change or remove an event, whoever asks.
 */
class Log1764000001000 implements MigrationInterface {
  readonly name = 'Log1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema log authorization cairn_owner;

      create table log.events (
        position bigint primary key check (position > 0),
        stream text not null,
        revision integer not null check (revision >= 0),
        id uuid not null constraint events_id_key unique,
        type text not null,
        version smallint not null,
        data text not null,
        meta text not null,
        recorded_at timestamptz not null,
        unique (stream, revision)
      );

      -- Whoever holds this one row may append. It gives positions without gaps, in the order of commits.
      create table log.counter (
        single boolean primary key default true check (single),
        position bigint not null default 0,
        recorded_at timestamptz not null default '-infinity'
      ) with (fillfactor = 10);
      insert into log.counter default values;

      create function log.refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
      begin
        raise exception 'The log keeps what it holds: % of log.% is refused. Record a correction instead.', tg_op, tg_table_name
          using errcode = 'integrity_constraint_violation';
      end $$;

      create trigger kept before update or delete or truncate on log.events execute function log.refuse();
      create trigger kept before delete or truncate on log.counter execute function log.refuse();
      -- Also for a session that claims to be a replica.
      alter table log.events enable always trigger kept;
      alter table log.counter enable always trigger kept;

      create function log.now() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp
        as 'select clock_timestamp()';

      ${APPEND_FUNCTION}

      revoke all on schema log from public;
      revoke all on all tables in schema log from public;
      revoke all on all functions in schema log from public;
      grant usage on schema log to cairn_service;
      grant select on log.events, log.counter to cairn_service;
      grant execute on function log.append to cairn_service;
    `);
  }

  /** There is no way back: it would destroy every record. */
  down(): Promise<void> {
    return Promise.reject(new Error('The log is not taken down: it is the record itself. Restore a backup of an older release instead.'));
  }
}

/** The function as it is now, for logs that were made with an earlier one; rights and owner stay. */
class AppendAlone1764000092000 implements MigrationInterface {
  readonly name = 'AppendAlone1764000092000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(APPEND_FUNCTION);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * One event alone has a function of its own. The clock became part of the statement that asks it, which a setting of its own forbade; being
 * understood when it is made, it needs none. What only `log.append` writes is not checked once more with every statement.
 */
class AppendOne1764000100000 implements MigrationInterface {
  readonly name = 'AppendOne1764000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function log.now() returns timestamptz language sql volatile return pg_catalog.clock_timestamp();
      alter table log.events drop constraint events_position_check, drop constraint events_revision_check;
      ${APPEND_FUNCTION}
      ${APPEND_ONE_FUNCTION}
      revoke all on function log.append_one from public;
      grant execute on function log.append_one to cairn_service;
    `);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/** The function is told where the streams of a batch stand when no write expects another: many check the same ones. */
class AppendApart1764000129000 implements MigrationInterface {
  readonly name = 'AppendApart1764000129000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function if exists log.append(int, text[], int[], int[], int[], int[], int[], int[], uuid[], text[], int[], text[], text[]);
      ${APPEND_FUNCTION}
      ${APPEND_ONE_FUNCTION}
      revoke all on function log.append from public;
      grant execute on function log.append to cairn_service;
    `);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * As the log grows the server looks through a sample of it, whole events, every minute, to plan by. By far the most plans are made without, and
 * 30,000 events at once took 80 MB; now it is 1,500.
 */
class SampleFew1764000131000 implements MigrationInterface {
  readonly name = 'SampleFew1764000131000';

  async up(runner: QueryRunner): Promise<void> {
    const columns = ['position', 'stream', 'revision', 'id', 'type', 'version', 'data', 'meta', 'recorded_at'];
    await runner.query(`alter table log.events ${columns.map((column) => `alter ${column} set statistics ${column === 'data' || column === 'meta' ? 0 : 5}`).join(', ')}`);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/** That the counter is one row is a matter of inserting: a check was read from its text, made ready and asked again with every append. */
class CounterUnchecked1764000135000 implements MigrationInterface {
  readonly name = 'CounterUnchecked1764000135000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger kept on log.counter;
      create trigger kept before insert or delete or truncate on log.counter execute function log.refuse();
      alter table log.counter enable always trigger kept, drop constraint counter_single_check;
    `);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/** The functions look at a stream from where it is expected to stand: from its end, they read as much of it as one page of the index holds. */
class AppendFromThere1764000136000 implements MigrationInterface {
  readonly name = 'AppendFromThere1764000136000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${APPEND_FUNCTION} ${APPEND_ONE_FUNCTION}`);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * What appends rest on and no stream tells of can be taken back: with that a term of the log ends, and what was decided in it is not taken
 * any more. The counter's row, which every append takes first, says which it is.
 */
class Term1764000140000 implements MigrationInterface {
  readonly name = 'Term1764000140000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table log.counter add column term bigint not null default 0;
      drop function if exists log.append(int, text[], int[], int[], int[], int[], int[], int[], uuid[], text[], int[], text[], text[], int[]);
      drop function if exists log.append_one(text, int, uuid, text, int, text, text);
      ${APPEND_FUNCTION}
      ${APPEND_ONE_FUNCTION}
      create function log.end_term() returns void language sql security definer set search_path = pg_catalog, pg_temp as 'update log.counter set term = term + 1';
      revoke all on function log.append, log.append_one, log.end_term from public;
      grant execute on function log.append, log.append_one to cairn_service;
    `);
  }

  /** There is no way back: what rests on a term would be taken in any. */
  down(): Promise<void> {
    return Promise.reject(new Error('Restore a backup of an older release instead.'));
  }
}

/** What the store needs of the database, in order. */
export const storeMigrations = [
  Log1764000001000,
  AppendAlone1764000092000,
  AppendOne1764000100000,
  AppendApart1764000129000,
  SampleFew1764000131000,
  CounterUnchecked1764000135000,
  AppendFromThere1764000136000,
  Term1764000140000,
];
