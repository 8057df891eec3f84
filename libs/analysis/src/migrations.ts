import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom the analysts' views are about. It can be made anew from the log. The views themselves are made at the start, from their declaration. */
class AnalysisTables1764000023000 implements MigrationInterface {
  readonly name = 'AnalysisTables1764000023000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.subjects (
        participant uuid primary key, position bigint not null, programme text, site text, masked boolean not null, enrolled boolean not null, planned integer,
        erased integer not null
      );
      -- What was recorded before is folded into it with everything else, from the beginning.
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
    await runner.query('drop table read.subjects');
  }
}

/** What the analysts' views need of the database, in order. */
export const analysisMigrations = [AnalysisTables1764000023000];
