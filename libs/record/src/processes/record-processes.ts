import type { DataSource } from 'typeorm';
import type { Journal } from '@cairn/journal/journal.js';
import type { Process } from '@cairn/journal/process.js';
import type { Runner } from '@cairn/journal/runner.js';
import { CourseRow } from '../support/courses.read.js';
import { attestation, type WrittenSince } from './attestation.js';
import { caseProcesses } from './case-process.js';
import { duplicates } from './duplicates.js';
import { quarantine } from './quarantine.js';
import { reassignment, type CaseloadAt } from './reassignment.js';
import { stops } from './stops.js';

const CATCH_UP_MS = 10_000;

interface Asked {
  readonly journal: Journal;
  readonly runner: Runner;
  readonly dataSource: DataSource;
  readonly writtenSince: WrittenSince;
}

/** The rules that bind several streams of the record, as processes that follow it. What they ask of read models these hold first. */
export function recordProcesses({ journal, runner, dataSource, writtenSince }: Asked): Process[] {
  const caseloadAt: CaseloadAt = async (worker, position) => {
    await runner.waitFor(position, CATCH_UP_MS);
    return (await dataSource.manager.find(CourseRow, { select: { participant: true }, where: { worker }, order: { participant: 'ASC' } })).map(({ participant }) => participant);
  };
  const since: WrittenSince = async (account, instant, position) => {
    await runner.waitFor(position, CATCH_UP_MS);
    return writtenSince(account, instant, position);
  };
  return caseProcesses(journal, [stops, reassignment(journal, caseloadAt), attestation(since), duplicates, quarantine]);
}
