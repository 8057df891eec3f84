import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Members of staff and accounts, each row with the state that the rules know. */
export class StaffTables1764000022000 implements MigrationInterface {
  readonly name = 'StaffTables1764000022000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.staff (staff text primary key, position bigint not null, sites jsonb not null, state jsonb not null);
      create table read.accounts (account text primary key, position bigint not null, subject text not null, state jsonb not null);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.staff, read.accounts');
  }
}
