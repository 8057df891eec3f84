import type { Journal } from '@cairn/journal/journal.js';
import type { Process } from '@cairn/journal/process.js';
import { caseProcess } from './case-process.js';
import { stops } from './stops.js';

/** The rules that bind several streams of the record, as processes that follow it. */
export function recordProcesses(journal: Journal): Process[] {
  return [stops].map((rule) => caseProcess(journal, rule));
}
