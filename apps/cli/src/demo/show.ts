import type { EntryView } from '@cairn/access/redact.js';
import { same } from '@cairn/kernel/same.js';
import { table, type Terminal } from '../terminal.js';
import { demoFile } from './file.js';
import type { AnonymousRow, Look } from './look.js';

const notTold = new Set(['session', 'episode', 'worker', 'jointWorker', 'ordinal', 'programme', 'site', 'formVersion', 'protocolVersion']);

/** The whole look as a person reads it in a terminal. */
export function shown(look: Look, terminal: Terminal): string {
  const { colour } = terminal;
  const { summary, timeline, before, anonymousLog } = look;
  const part = (title: string, about: string, body: string) => `${colour.bold(title)}\n${colour.dim(about)}\n\n${body}\n`;
  const numbers = numbersOf(timeline);
  const then = before.entries.map((entry) => [mark(entry, timeline), ...row(entry, numbers)]);
  const learnedLater = timeline.filter(({ id }) => !before.entries.some((entry) => entry.id === id)).length;
  return [
    part(`Timeline of ${summary.studyNumber ?? 'the participant'}`, 'What happened, in the order in which it happened, as the record stands now.', table(terminal, ['when', 'what', 'by', 'why'], timeline.map((entry) => row(entry, numbers)))),
    part('The same history before the correction', `As the record knew it at ${before.knownAt}. "~" reads differently today, "-" is gone today; ${learnedLater} entries had not been learned yet.`, table(terminal, ['', 'when', 'what', 'by', 'why'], then)),
    part('Summary', 'What follows from the history today.', summaryText(look, terminal)),
    part('Anonymous log of the programme', 'One row an event, equal rows counted here; no cell with fewer than k people behind it.', anonymousText(anonymousLog, terminal)),
  ].join('\n');
}

function row(entry: EntryView, numbers: ReadonlyMap<unknown, string>): string[] {
  const { occurred, actor, reason } = entry;
  const when = occurred.at === undefined ? 'not known' : occurred.at.slice(0, 16).replace('T', ' ');
  const why = reason && reason.code !== demoFile.because?.code ? (reason.text ?? reason.code) : '';
  return [when, sentence(entry, numbers), actor.id ?? actor.role, why];
}

/** `session attended (4): 45 min, telephone, on-time`. */
function sentence({ type, data }: EntryView, numbers: ReadonlyMap<unknown, string>): string {
  const what = type.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
  const number = data['session'] === undefined ? '' : ` (${numbers.get(data['session']) ?? 'not offered'})`;
  const details = Object.entries(data).flatMap(([field, value]) => (notTold.has(field) ? [] : detail(field, value)));
  return `${what}${number}${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

function detail(field: string, value: unknown): string[] {
  if (typeof value === 'string') return [field === 'plannedStart' ? `for ${value.slice(0, 16).replace('T', ' ')}` : field === 'plannedMode' ? `planned ${value}` : field === 'foundOn' ? `found on ${value}` : field === 'searchedTo' ? `to ${value}` : field === 'version' ? `version ${value}` : value];
  if (typeof value === 'number') return [field === 'minutes' ? `${value} min` : field === 'noticeHours' ? `${value} hours before` : `${field} ${value}`];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return [value.join(' + ')];
  return [];
}

/** Sessions by their ordinal, since their ids tell a reader nothing. */
function numbersOf(timeline: readonly EntryView[]): Map<unknown, string> {
  return new Map(timeline.filter(({ type }) => type === 'SessionOffered').map(({ data }) => [data['session'], String(data['ordinal'])]));
}

function mark(entry: EntryView, timeline: readonly EntryView[]): string {
  const now = timeline.find(({ id }) => id === entry.id);
  if (!now) return '-';
  return same(now.data, entry.data) && same(now.occurred, entry.occurred) ? '' : '~';
}

function summaryText({ summary }: Look, terminal: Terminal): string {
  const { outcome, support, workbook, flags = [] } = summary;
  const open = flags.flatMap(({ flags }) => flags).filter((flag) => flag !== 'late-entry');
  const facts = [
    ['stage', `${summary.stage} at ${summary.site ?? 'no site'}, ${summary.enrolledOn ?? 'not enrolled'}`],
    ['sessions', `${support?.offered ?? 0} offered, ${support?.attended ?? 0} attended of ${support?.planned ?? 'no number'} planned`],
    ...(support?.byCode ?? []).filter(({ sessions }) => sessions > 0).map(({ code, meaning, sessions }) => [`  code ${code}`, `${sessions} ${meaning}`]),
    ['last contact', support?.lastContact ?? 'none'],
    ['workbook', `${workbook?.completed ?? 0} sections completed`],
    ['readmission', `${outcome.readmission}${outcome.day === null ? '' : `, on day ${outcome.day}`} (${outcome.reason})`],
    ...outcome.spells.map(({ start, end, settings }) => ['  spell', `${start} to ${end ?? 'now'}: ${settings.join(', ')}`]),
    ['to look at', open.length > 0 ? [...new Set(open)].join(', ') : 'nothing'],
  ];
  return table(terminal, ['', ''], facts);
}

function anonymousText({ rows, trailer }: Look['anonymousLog'], terminal: Terminal): string {
  const counted = new Map<string, { row: AnonymousRow; events: number }>();
  for (const each of rows) {
    const key = JSON.stringify(each);
    counted.set(key, { row: each, events: (counted.get(key)?.events ?? 0) + 1 });
  }
  const cells = [...counted.values()].map(({ row: { kind, period, mode, outcome, section }, events }) => [kind, period, mode, outcome, section, String(events)]);
  const summed = Object.entries(trailer).map(([name, value]) => `${name} ${String(value)}`);
  return `${table(terminal, ['kind', 'period', 'mode', 'outcome', 'section', 'events'], cells)}\n\n${summed.join(', ')}`;
}
