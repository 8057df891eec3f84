/** The server would acknowledge events that a crash can lose, so the store does not open. */
export class UnsafeSettings extends Error {}

export interface DurabilitySettings {
  readonly fsync: string;
  readonly synchronous_commit: string;
}

/** @throws UnsafeSettings which setting stands where, and what to do */
export function refuseUnsafe(database: string, settings: DurabilitySettings): void {
  for (const name of ['fsync', 'synchronous_commit'] as const) {
    if (settings[name] !== 'off') continue;
    throw new UnsafeSettings(
      `PostgreSQL runs the database ${database} with ${name} = off: a crash could lose events already acknowledged. ` +
        `Set ${name} = on (see "show ${name}", and ALTER SYSTEM, ALTER DATABASE and ALTER ROLE for where it was set), then start again.`,
    );
  }
}
