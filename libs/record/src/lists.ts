import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { Cursors, type Place } from '@cairn/access/cursors.js';
import { isMasked, reach } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { OutcomeRow } from './acute-care/outcomes.read.js';
import { Engagements, type Missing } from './engagements.js';
import { ParticipantRow } from './participants/participants.read.js';
import { CourseRow } from './support/courses.read.js';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Send it back as `cursor` for the next page; absent on the last. */
  readonly next?: string;
}

export interface ListFilter {
  readonly programme?: string | undefined;
  readonly site?: string | undefined;
  readonly stage?: string | undefined;
  readonly studyNumber?: string | undefined;
  readonly readmission?: string | undefined;
  readonly enrolledFrom?: string | undefined;
  readonly enrolledUntil?: string | undefined;
  readonly consented?: string | undefined;
  readonly withdrawn?: string | undefined;
  readonly discontinued?: string | undefined;
  readonly worker?: string | undefined;
  readonly standing?: string | undefined;
  readonly notMetSince?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export type ListedParticipant = Pick<ParticipantRow, 'participant' | 'studyNumber' | 'programme' | 'site' | 'stage' | 'enrolledOn'> & { readonly readmission: string; readonly mergedInto?: string };
export type ListedCourse = Pick<ParticipantRow, 'participant' | 'studyNumber' | 'site'> & Pick<CourseRow, 'worker' | 'offered' | 'attended' | 'lastContact' | 'nextPlannedStart' | 'ended'> & {
  /** There where the worker is not one who could have them. */
  readonly workerMissing?: Missing;
};

export class ListParticipants extends Query<Page<ListedParticipant>> {
  constructor(
    readonly asking: Asking,
    readonly filter: ListFilter,
  ) {
    super();
  }
}

export class ListCaseload extends Query<Page<ListedCourse>> {
  constructor(
    readonly asking: Asking,
    readonly filter: ListFilter,
  ) {
    super();
  }
}

@QueryHandler(ListParticipants)
export class ListParticipantsHandler implements IQueryHandler<ListParticipants> {
  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
  ) {}

  async execute({ asking, filter }: ListParticipants): Promise<Page<ListedParticipant>> {
    const query = this.database.createQueryBuilder(ParticipantRow, 'p').leftJoinAndMapOne('p.outcome', OutcomeRow, 'o', 'o.participant = p.participant');
    narrow(query, participantFilters, filter);
    // A registration that lives on under another is not one more participant; who asks for its number looks for it.
    if (filter.stage === undefined && filter.studyNumber === undefined) query.andWhere("p.stage <> 'merged'");
    const rows = await paged(within(query, asking), filter, this.cursors.open('participants', filter.cursor)).getMany();
    return pageOf(rows as (ParticipantRow & { outcome?: OutcomeRow })[], filter.limit, (place) => this.cursors.seal('participants', place), ({ participant, studyNumber, programme, site, stage, enrolledOn, mergedInto, outcome }) => ({
      participant, studyNumber, programme, site, stage, enrolledOn, readmission: outcome?.readmission ?? 'unknown', ...(mergedInto !== null && { mergedInto }),
    }));
  }
}

@QueryHandler(ListCaseload)
export class ListCaseloadHandler implements IQueryHandler<ListCaseload> {
  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
    private readonly engagements: Engagements,
  ) {}

  async execute({ asking, filter }: ListCaseload): Promise<Page<ListedCourse>> {
    const query = this.database.createQueryBuilder(ParticipantRow, 'p').innerJoinAndMapOne('p.course', CourseRow, 'c', 'c.participant = p.participant');
    query.andWhere('c.worker IS NOT NULL');
    narrow(query, caseloadFilters, filter);
    const rows = (await paged(within(query, asking), filter, this.cursors.open('caseload', filter.cursor)).getMany()) as (ParticipantRow & { course: CourseRow })[];
    const missing = await this.engagements.of(rows.map(({ site, course }) => ({ worker: course.worker, site })));
    return pageOf(rows, filter.limit, (place) => this.cursors.seal('caseload', place), ({ participant, studyNumber, site, stage, course }) => {
      const { worker, offered, attended, lastContact, nextPlannedStart, ended } = course;
      const workerMissing = missing({ worker, site });
      return { participant, studyNumber, site, worker, offered, attended, lastContact, nextPlannedStart: stage === 'died' ? null : nextPlannedStart, ended, ...(workerMissing && { workerMissing }) };
    });
  }
}

/** The condition each filter stands for, its value under the filter's own name. */
type Filters = Readonly<Partial<Record<keyof ListFilter, string>>>;

const participantFilters: Filters = {
  programme: 'p.programme = :programme',
  stage: 'p.stage = :stage',
  readmission: "coalesce(o.readmission, 'unknown') = :readmission",
  enrolledFrom: 'p.enrolled_on >= :enrolledFrom',
  enrolledUntil: 'p.enrolled_on <= :enrolledUntil',
  consented: 'jsonb_exists(p.consent, :consented)',
  withdrawn: 'jsonb_exists(p.withdrawn, :withdrawn)',
  discontinued: "(p.discontinued is not null) = (:discontinued = 'yes')",
};
const caseloadFilters: Filters = {
  worker: 'c.worker = :worker',
  standing: 'c.standing = :standing',
  notMetSince: '(c.last_contact is null or c.last_contact < :notMetSince)',
};

function narrow(query: SelectQueryBuilder<ParticipantRow>, filters: Filters, asked: ListFilter): void {
  for (const [name, condition] of Object.entries(filters)) if (asked[name as keyof ListFilter] !== undefined) query.andWhere(condition, { [name]: asked[name as keyof ListFilter] });
}

/** Only whom the caller reaches: all, their sites', or their own caseload. */
export function within(query: SelectQueryBuilder<ParticipantRow>, { caller, roles }: Asking): SelectQueryBuilder<ParticipantRow> {
  const reaches = new Set(roles.map((role) => reach[role]));
  if (reaches.has('programme')) return query;
  const own = isMasked(caller) || caller.staff === undefined ? '' : caller.staff;
  return query.andWhere('(p.site = ANY(:sites) OR EXISTS (SELECT 1 FROM read.courses k WHERE k.participant = p.participant AND k.worker = :own AND k.worker <> \'\'))', {
    sites: reaches.has('site') ? caller.sites : [],
    own: reaches.has('caseload') ? own : '',
  });
}

function paged(query: SelectQueryBuilder<ParticipantRow>, { site, studyNumber, limit }: ListFilter, after: Place | undefined): SelectQueryBuilder<ParticipantRow> {
  if (site !== undefined) query.andWhere('p.site = :site', { site });
  if (studyNumber !== undefined) query.andWhere('p.study_number = :studyNumber', { studyNumber });
  if (after) {
    const [afterNumber, afterId] = after;
    query.andWhere('(coalesce(p.study_number, \'\'), p.participant) > (:afterNumber, :afterId)', { afterNumber, afterId });
  }
  return query.orderBy('coalesce(p.study_number, \'\')').addOrderBy('p.participant').limit(limit + 1);
}

function pageOf<R extends ParticipantRow, Item>(rows: readonly R[], limit: number, seal: (place: Place) => string, item: (row: R) => Item): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? seal([last.studyNumber ?? '', last.participant]) : undefined;
  return { items: shown.map(item), ...(next !== undefined && { next }) };
}
