import { accessMigrations } from '@cairn/access/migrations.js';
import { analysisMigrations } from '@cairn/analysis/migrations.js';
import { journalMigrations } from '@cairn/journal/migrations.js';
import { privacyMigrations } from '@cairn/privacy/migrations.js';
import { recordMigrations } from '@cairn/record/migrations.js';
import { replayMigrations } from '@cairn/replay/migrations.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';

/** Everything in the database, in the order in which it is made. */
export const migrations = [...storeMigrations, ...privacyMigrations, ...accessMigrations, ...journalMigrations, ...recordMigrations, ...replayMigrations, ...analysisMigrations];
