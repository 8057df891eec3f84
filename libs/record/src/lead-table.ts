import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { Unknown } from '@cairn/access/denied.js';
import { Journal } from '@cairn/journal/journal.js';
import { shown, smallNumberPolicies, type Counts, type Shown, type SmallNumbers } from '@cairn/privacy/small-numbers.js';
import { CLOCK, type Clock } from './case-record.js';
import { programme } from './programme/programme.js';
import { attendanceCodes } from './support/codes.js';
import { modes } from './support/events.js';

/** Columns of the table, each with what it counts. DOMAIN.md "The logs". */
const leadColumns = {
  offered: 'sessions offered, by the month of the offer',
  declined: 'offers declined, without any other outcome',
  ...Object.fromEntries(['5', '6', '7', '3', '2', '4'].map((code) => [`code-${code}`, `${attendanceCodes[code as keyof typeof attendanceCodes]} (NHS code ${code})`])),
  'code-0': 'still to come (NHS code 0)',
  unrecorded: 'planned start has passed and nothing is recorded',
  ...Object.fromEntries(modes.map((mode) => [`mode-${mode}`, `attended ${mode}`])),
  sections: 'workbook sections completed',
  'first-sessions': 'participants whose first session was in the month',
  'ended-0': 'courses ended after no session, by the reconciled log',
  'ended-1-2': 'courses ended after 1 or 2 sessions',
  'ended-3-9': 'courses ended after 3 to 9 sessions',
  'ended-10+': 'courses ended after 10 sessions or more',
  'ended-unknown': 'courses ended whose log is not reconciled, with fewer than 10 sessions on record',
};
type Column = string;

export interface LeadLine {
  /** `2026-03`, `unknown` where no date is known, or `all`. */
  readonly month: string;
  readonly cells: Readonly<Record<Column, Shown>>;
  /** Median of the days from enrolment to the first session; null where too few people stand behind it. */
  readonly medianWaitDays: number | null;
}

export interface LeadTable {
  readonly programme: string;
  readonly policy: { readonly version: string; readonly suppressed: string; readonly roundedTo: number };
  readonly columns: Readonly<Record<Column, string>>;
  readonly months: readonly LeadLine[];
  readonly all: LeadLine;
}

export class LeadTableOf extends Query<LeadTable> {
  constructor(
    readonly programme: string,
    readonly policy: string | undefined,
  ) {
    super();
  }
}

const UNDATED = 'unknown';
const ALL = 'all';

/** One line for every cell that is not empty: month, column, count. */
const COUNTS = `
  with p as (select participant, enrolled_on from read.participants where programme = $1),
  s as (
    select s.*, left(offered_when->>'at', 7) as offered_in, to_char(occurred_on, 'YYYY-MM') as occurred_in, left(planned_start, 7) as planned_in
    from read.sessions s join p using (participant)
  ),
  w as (
    select to_char(completed_on, 'YYYY-MM') as completed_in
    from read.workbooks join p using (participant), jsonb_each(sections) as each_section (key, section), lateral (select (section->>'completedOn')::date as completed_on) as dated
    where (section->>'completed')::boolean
  ),
  c as (
    select left(each_course.ended->>'endedOn', 7) as ended_in, (each_course.ended->>'attended')::int as attended, each_course.ended->>'log' = 'reconciled' as known
    from read.courses join p using (participant), jsonb_array_elements(courses.courses) as each_course (ended)
    where each_course.ended->>'standing' = 'ended'
  ),
  counted as (
    select offered_in as month, 'offered' as "column" from s where offered
    union all select occurred_in, 'code-' || code from s where outcome <> 'open'
    union all select planned_in, case when response = 'declined' then 'declined' when planned_start::timestamptz > $2 then 'code-0' else 'unrecorded' end from s where outcome = 'open'
    union all select occurred_in, 'mode-' || mode from s where outcome = 'attended'
    union all select completed_in, 'sections' from w
    union all select to_char(first, 'YYYY-MM'), 'first-sessions' from (select min(occurred_on) as first from s where outcome = 'attended' group by participant) as firsts where first is not null
    union all select ended_in, case when attended >= 10 then 'ended-10+' when not known then 'ended-unknown' when attended = 0 then 'ended-0' when attended <= 2 then 'ended-1-2' else 'ended-3-9' end from c
  )
  select coalesce(month, '${UNDATED}') as month, "column", count(*)::int as count from counted group by 1, 2`;

const WAITS = `
  select coalesce(to_char(first, 'YYYY-MM'), '${ALL}') as month, count(*)::int as people, percentile_cont(0.5) within group (order by first - enrolled_on) as median
  from (
    select p.enrolled_on, min(s.occurred_on) as first from read.participants p join read.sessions s using (participant)
    where p.programme = $1 and s.outcome = 'attended' group by p.participant, p.enrolled_on
  ) as firsts
  where first is not null and enrolled_on is not null
  group by grouping sets ((to_char(first, 'YYYY-MM')), ())`;

@QueryHandler(LeadTableOf)
export class LeadTableOfHandler implements IQueryHandler<LeadTableOf> {
  constructor(
    private readonly database: DataSource,
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Unknown when there is no such programme, or no such policy */
  async execute({ programme: id, policy: version }: LeadTableOf): Promise<LeadTable> {
    if (!(await this.journal.state(programme, id)).registered) throw new Unknown('programme');
    const policy = smallNumberPolicies.find((each) => each.version === version) ?? smallNumberPolicies.at(-1);
    if (!policy) throw new Error('There is no policy for small numbers.');
    const counted: { month: string; column: Column; count: number }[] = await this.database.query(COUNTS, [id, this.clock()]);
    const waits: { month: string; people: number; median: number }[] = await this.database.query(WAITS, [id]);
    const months = monthsOf(counted.map(({ month }) => month));
    const cells = shown(withSums(counted, months), policy);
    const line = (month: string): LeadLine => {
      const wait = waits.find((each) => each.month === month);
      return {
        month,
        cells: Object.fromEntries(Object.keys(leadColumns).map((column) => [column, cells.get(`${month}/${column}`) ?? 0])),
        medianWaitDays: wait && wait.people > policy.suppressedTo ? Math.round(wait.median) : null,
      };
    };
    return { programme: id, policy: { version: policy.version, suppressed: `1-${policy.suppressedTo}`, roundedTo: policy.roundedTo }, columns: leadColumns, months: months.map(line), all: line(ALL) };
  }
}

/** Every month from the first to the last, and the undated ones where there are any. */
function monthsOf(found: readonly string[]): string[] {
  const dated = found.filter((month) => month !== UNDATED).sort();
  const [first, last] = [dated[0], dated.at(-1)];
  const months: string[] = [];
  for (let month = first; month !== undefined && last !== undefined && month <= last; month = after(month)) months.push(month);
  return found.includes(UNDATED) ? [...months, UNDATED] : months;
}

function after(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}

/** All cells with their sums over the months; those attended add up by code as they do by mode. */
function withSums(counted: readonly { month: string; column: Column; count: number }[], months: readonly string[]): Counts {
  const cells = new Map<string, number>();
  for (const column of Object.keys(leadColumns)) for (const month of [...months, ALL]) cells.set(`${month}/${column}`, 0);
  for (const { month, column, count } of counted) {
    cells.set(`${month}/${column}`, count);
    cells.set(`${ALL}/${column}`, (cells.get(`${ALL}/${column}`) ?? 0) + count);
  }
  const overMonths = Object.keys(leadColumns).map((column) => [...months, ALL].map((month) => `${month}/${column}`));
  const attended = [...months, ALL].map((month) => ['code-5', 'code-6', ...modes.map((mode) => `mode-${mode}`)].map((column) => `${month}/${column}`));
  return { cells, equations: [...overMonths, ...attended] };
}

/** The policies there are. */
export const policyVersions = smallNumberPolicies.map(({ version }: SmallNumbers) => version);
