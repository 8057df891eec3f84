import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Queries, what a person has looked at already, and the entry that a session's outcome came from. */
export class ReviewTables1764000026000 implements MigrationInterface {
  readonly name = 'ReviewTables1764000026000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.queries (
        participant uuid, query uuid, position bigint not null, stream text not null, topic text not null, recipient text not null, entries jsonb not null, text text,
        open boolean not null, raised_at text not null, raised jsonb, answered jsonb, closed jsonb, primary key (participant, query)
      );
      create index queries_open on read.queries (open, raised_at, query);

      create table read.queries_masked (like read.queries, primary key (participant, query));
      create index queries_masked_open on read.queries_masked (open, raised_at, query);

      create table read.reviewed (participant uuid primary key, position bigint not null, attested jsonb not null, dismissed jsonb not null);

      alter table read.sessions add column entry uuid;
      -- What was recorded before is folded into these: from the beginning, with all the other tables.
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
    await runner.query('drop table read.queries, read.queries_masked, read.reviewed; alter table read.sessions drop column entry');
  }
}
