import type { EntryView } from '@cairn/access/redact.js';
import { same } from '@cairn/kernel/same.js';
import { table, type Terminal } from '../terminal.js';
import { demoFile } from './file.js';
import type { AnonymousRow, Look } from './look.js';

const notTold = new Set(['session', 'episode', 'course', 'attempt', 'worker', 'jointWorker', 'ordinal', 'programme', 'site', 'formVersion', 'protocolVersion', 'query', 'entries', 'text']);

/** The whole look as a person reads it in a terminal. */
export function shown(look: Look, terminal: Terminal): string {
  const { colour } = terminal;
  const { summary, timeline, before, anonymousLog } = look;
  const part = (title: string, about: string, body: string) => `${colour.bold(title)}\n${colour.dim(about)}\n\n${body}\n`;
  const numbers = numbersOf(timeline);
  const then = before.entries.map((entry) => [mark(entry, timeline), ...row(entry, numbers, terminal)]);
  const learnedLater = timeline.filter(({ id }) => !before.entries.some((entry) => entry.id === id)).length;
  return [
    part(`Timeline of ${summary.studyNumber ?? 'the participant'}`, 'What happened, in the order in which it happened, as the record stands now.', table(terminal, ['when', 'what', 'by'], timeline.map((entry) => row(entry, numbers, terminal)))),
    part('The same history before the correction', `As the record knew it at ${before.knownAt}. "~" reads differently today, "-" is gone today; ${learnedLater} entries had not been learned yet.`, table(terminal, ['', 'when', 'what', 'by'], then)),
    part('Summary', 'What follows from the history today.', summaryText(look, terminal)),
    part('Anonymous log of the programme', 'One row an event, equal rows counted here; no cell with fewer than k people behind it.', anonymousText(anonymousLog, terminal)),
  ].join('\n');
}

function row(entry: EntryView, numbers: ReadonlyMap<unknown, string>, { colour }: Terminal): string[] {
  const { occurred, actor, reason } = entry;
  const when = occurred.at === undefined ? 'not known' : occurred.at.slice(0, 16).replace('T', ' ');
  const why = reason && reason.code !== demoFile.because?.code ? (reason.text ?? reason.code) : undefined;
  return [when, `${sentence(entry, numbers)}${why === undefined ? '' : `\n${colour.dim(`because: ${why}`)}`}`, actor?.id ?? actor?.role ?? ''];
}

/** `session attended (4): 45 min, telephone, on-time`. */
function sentence({ type, data }: EntryView, numbers: ReadonlyMap<unknown, string>): string {
  const what = type.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
  const number = data['session'] === undefined ? '' : ` (${numbers.get(data['session']) ?? 'not offered'})`;
  const details = Object.entries(data).flatMap(([field, value]) => (notTold.has(field) ? [] : detail(field, value)));
  return `${what}${number}${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

const said: Readonly<Record<string, (value: string) => string>> = {
  plannedStart: (value) => `for ${value.slice(0, 16).replace('T', ' ')}`,
  plannedMode: (value) => `planned ${value}`,
  method: (value) => (value === 'in-person' ? 'told in person' : `by ${value}`),
  attended: (value) => `${value} attended by the paper log`,
  foundOn: (value) => `found on ${value}`,
  searchedTo: (value) => `searched to ${value}`,
  version: (value) => `version ${value}`,
  reporter: (value) => `told by the ${value}`,
  by: (value) => `by the ${value}`,
  to: (value) => (value === 'supervisor' ? 'to the supervisor' : value),
  minutes: (value) => `${value} min`,
  noticeHours: (value) => `${value} hours before`,
};

function detail(field: string, value: unknown): string[] {
  const say = said[field] ?? String;
  if (typeof value === 'string' || typeof value === 'number') return [say(String(value))];
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? [value.join(' + ')] : [];
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
  const raised = flags.flatMap(({ flags }) => flags);
  const open = raised.filter((flag) => flag !== 'late-entry');
  const late = raised.length - open.length;
  const facts = [
    ['stage', `${summary.stage} at ${summary.site ?? 'no site'}, ${summary.enrolledOn ?? 'not enrolled'}`],
    ['sessions', `${support?.offered ?? 0} offered, ${support?.attended ?? 0} attended of ${support?.planned ?? 'no number'} planned`],
    ...(support?.byCode ?? []).filter(({ sessions }) => sessions > 0).map(({ code, meaning, sessions }) => [`  code ${code}`, `${sessions} ${meaning}`]),
    ...(support?.courses ?? []).map(({ course, standing, ended, log }) => [`  course ${course}`, `${standing}${ended === null ? '' : ` (${ended})`}; paper log ${log}`]),
    ['last contact', support?.lastContact ?? 'none'],
    ['workbook', `${workbook?.completed ?? 0} sections completed`],
    ['readmission', `${outcome.readmission}${outcome.day === null ? '' : `, on day ${outcome.day}`} (${outcome.reason})`],
    ...outcome.spells.map(({ start, end, settings }) => ['  spell', `${start} to ${end ?? 'now'}: ${settings.join(', ')}`]),
    ['late entries', late === 0 ? 'none' : `${late}, each with its reason: the demonstration enters everything today`],
    ['to look at', open.length > 0 ? [...new Set(open)].join(', ') : 'nothing'],
  ];
  return table(terminal, ['what', 'how it stands'], facts);
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
