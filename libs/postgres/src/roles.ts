import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, DATABASE_ROLES, signedIn } from './connection.js';
import { codeOf, messageOf, PostgresStartError } from './start-error.js';

/** Holds nothing but the record of migrations. */
export const MIGRATIONS_SCHEMA = 'cairn';

/**
 * Makes the roles where they are missing (they belong to the whole server, so another database may be making them at the same
 * moment), lets the user who signs in take them on, lets `cairn_owner` make schemas in this database, and shuts everybody else out of it.
 *
 * @throws PostgresStartError `roles-refused` when the user who signs in may not do that
 */
export async function ensureRoles(connection: Connection): Promise<void> {
  try {
    await signedIn(connection, async (client) => {
      await haveRoles(client);
      await haveRights(client, connection.database);
    });
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    const [user, database] = [pg.escapeIdentifier(connection.user), pg.escapeIdentifier(connection.database)];
    throw new PostgresStartError(
      'roles-refused',
      `${connection.user} may not prepare the database ${connection.database} (${messageOf(error)}). As an administrator of that server run, leaving out the roles that are there:
  ${DATABASE_ROLES.map((role) => `CREATE ROLE ${role} NOLOGIN;`).join(' ')}
  GRANT ${DATABASE_ROLES.join(', ')} TO ${user}; ALTER DATABASE ${database} OWNER TO ${user};
Then start again.`,
      { cause: error },
    );
  }
}

async function haveRoles(client: pg.Client): Promise<void> {
  for (const role of DATABASE_ROLES) {
    if ((await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount === 0) {
      await tolerant(client, `CREATE ROLE ${role} NOLOGIN`);
    }
    const member = await client.query(
      `SELECT FROM pg_auth_members m WHERE m.roleid = $1::regrole AND m.member = current_user::regrole
       AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)`,
      [role],
    );
    if (member.rowCount === 0) await tolerant(client, `GRANT ${role} TO CURRENT_USER`);
  }
}

async function haveRights(client: pg.Client, database: string): Promise<void> {
  const name = pg.escapeIdentifier(database);
  await tolerant(client, `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${name} TO cairn_owner`);
  await tolerant(client, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await tolerant(client, `GRANT CONNECT ON DATABASE ${name} TO cairn_analyst`);
  // Nothing of ours is there; a database from before PostgreSQL 15 may hold one that its owner cannot change.
  const ownPublic = await client.query(`SELECT FROM pg_namespace WHERE nspname = 'public' AND pg_has_role(nspowner, 'USAGE')`);
  if (ownPublic.rowCount) await tolerant(client, 'REVOKE ALL ON SCHEMA public FROM PUBLIC');
  await tolerant(client, `CREATE SCHEMA IF NOT EXISTS ${MIGRATIONS_SCHEMA} AUTHORIZATION cairn_owner`);
}

const MADE_MEANWHILE = ['42710', '42P06', '23505'];
const ATTEMPTS = 20;

/** Runs a statement that another session may be running too: what it wanted to make may be there now, or a row was changed under it. */
export async function tolerant(client: pg.Client, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(sql);
      return;
    } catch (error) {
      if (MADE_MEANWHILE.includes(codeOf(error)) && sql.startsWith('CREATE')) return;
      const changedUnder = ['XX000', '40001', '23505'].includes(codeOf(error)) && attempt < ATTEMPTS;
      if (!changedUnder) throw error;
      await pause(10 * attempt);
    }
  }
}
