import type { MigrationInterface, QueryRunner } from 'typeorm';
import { signedIn } from './connection.js';
import { freshDatabase } from './testing.js';

class Stones1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA path AUTHORIZATION cairn_owner');
    await runner.query('CREATE TABLE path.stones (id int PRIMARY KEY)');
    await runner.query('GRANT USAGE ON SCHEMA path TO cairn_service');
    await runner.query('GRANT SELECT, INSERT ON path.stones TO cairn_service');
  }
  async down(): Promise<void> {}
}

describe('a fresh database', () => {
  it('is migrated, empty and apart from every other one, and gone when dropped', async () => {
    const [one, other] = await Promise.all([freshDatabase([Stones1700000000001]), freshDatabase([Stones1700000000001])]);
    await one.pool('cairn_service').query('INSERT INTO path.stones VALUES (1)');
    expect((await other.pool('cairn_service').query('SELECT * FROM path.stones')).rows).toEqual([]);
    expect((await one.pool('cairn_service').query('SELECT current_user AS role')).rows).toEqual([{ role: 'cairn_service' }]);

    await one.drop();
    const left = await signedIn(other.server.connection, (client) =>
      client.query('SELECT datname FROM pg_database WHERE datname IN ($1, $2)', [one.connection.database, other.connection.database]),
    );
    expect(left.rows).toEqual([{ datname: other.connection.database }]);
    await other.drop();
  });

  it('copies what was migrated once, which is what makes it quick', async () => {
    let runs = 0;
    class Cairns1700000000002 extends Stones1700000000001 {
      override async up(runner: QueryRunner): Promise<void> {
        runs += 1;
        await super.up(runner);
      }
    }
    for (let turn = 0; turn < 2; turn++) await (await freshDatabase([Cairns1700000000002])).drop();
    expect(runs).toBe(1);
  });
});
