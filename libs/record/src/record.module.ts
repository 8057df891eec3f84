import { AccountsController } from './accounts/accounts.controller.js';
import { accountRows } from './accounts/accounts.read.js';
import { AcuteCareController } from './acute-care/acute-care.controller.js';
import { outcomeRows } from './acute-care/outcomes.read.js';
import { aspects } from './aspects.js';
import { BoardOfHandler } from './board.js';
import { MyDayHandler } from './my-day.js';
import { OpenSessions } from './open-sessions.js';
import { Reach, RecordOnCaseHandler } from './case-record.js';
import { CasesController } from './cases.controller.js';
import { ConductController } from './conduct.controller.js';
import { ProgrammeContexts } from './contexts.js';
import { CorrectionsController } from './corrections.controller.js';
import { LeadTableController } from './lead-table.controller.js';
import { LeadTableOfHandler } from './lead-table.js';
import { ListCaseloadHandler, ListParticipantsHandler } from './lists.js';
import { MergeRegistrationsHandler } from './merge.js';
import { ParticipantsController } from './participants/participants.controller.js';
import { participantRows } from './participants/participants.read.js';
import { ProgrammeController } from './programme/programme.controller.js';
import { RecordOnProgrammeHandler } from './programme/record-on-programme.js';
import { RecordOnStaffHandler } from './record-on-staff.js';
import { RecordOversightHandler } from './record-oversight.js';
import { RegisterParticipantHandler } from './register.js';
import { Cases } from './cases.js';
import { Places } from './places.js';
import { Previews } from './preview.js';
import { QueriesController } from './queries.controller.js';
import { MaskedQueryRow, QueryRow, queryRows } from './review/queries.read.js';
import { Queries } from './queries.js';
import { ReviewController } from './review/review.controller.js';
import { reviewedRows } from './review/reviewed.read.js';
import { Signatures } from './review/signatures.js';
import { StaffController } from './staff/staff.controller.js';
import { staffRows } from './staff/staff.read.js';
import { StaffViews } from './staff-views.js';
import { SummaryOfHandler } from './summary.js';
import { CoursesController } from './support/courses.controller.js';
import { courseRows } from './support/courses.read.js';
import { sessionRows } from './support/sessions.read.js';
import { SupportController } from './support/support.controller.js';
import { VisitsController } from './visits.controller.js';
import { WorkingViewsController } from './working-views.controller.js';
import { WorkbookController } from './workbook/workbook.controller.js';
import { workbookRows } from './workbook/workbooks.read.js';

/** What the record gives a process that serves it. */
export const recordControllers = [
  ProgrammeController,
  ParticipantsController,
  SupportController,
  CoursesController,
  VisitsController,
  WorkbookController,
  AcuteCareController,
  CorrectionsController,
  ReviewController,
  QueriesController,
  CasesController,
  LeadTableController,
  WorkingViewsController,
  StaffController,
  AccountsController,
  ConductController,
];

export const recordProviders = [
  RecordOnCaseHandler,
  RecordOnProgrammeHandler,
  RegisterParticipantHandler,
  MergeRegistrationsHandler,
  SummaryOfHandler,
  Previews,
  LeadTableOfHandler,
  MyDayHandler,
  BoardOfHandler,
  OpenSessions,
  RecordOnStaffHandler,
  RecordOversightHandler,
  StaffViews,
  ListParticipantsHandler,
  ListCaseloadHandler,
  Reach,
  Places,
  Queries,
  Signatures,
  Cases,
  ProgrammeContexts,
];

const groups = aspects.map(({ events }) => events);
const maskedQueries = queryRows(MaskedQueryRow, groups.filter(({ reveals }) => reveals === undefined));

export const recordModels = [
  participantRows,
  outcomeRows,
  courseRows,
  sessionRows,
  workbookRows,
  queryRows(QueryRow, groups),
  maskedQueries,
  reviewedRows(groups),
  staffRows,
  accountRows,
];
/** Those that masked roles are answered from. */
export const maskedRecordModels = [
  participantRows,
  outcomeRows,
  maskedQueries,
];
