import { AccountsController } from './accounts/accounts.controller.js';
import { AcuteCareController } from './acute-care/acute-care.controller.js';
import { BoardOfHandler } from './board.js';
import { MyDayHandler } from './my-day.js';
import { OpenSessions } from './open-sessions.js';
import { RecordOnCaseHandler } from './case-record.js';
import { CasesController } from './cases.controller.js';
import { ConductController } from './conduct.controller.js';
import { CorrectionsController } from './corrections.controller.js';
import { LeadTableController } from './lead-table.controller.js';
import { LeadTableOfHandler } from './lead-table.js';
import { ListCaseloadHandler, ListParticipantsHandler } from './lists.js';
import { MergeRegistrationsHandler } from './merge.js';
import { ParticipantsController } from './participants/participants.controller.js';
import { ProgrammeController } from './programme/programme.controller.js';
import { RecordOnProgrammeHandler } from './programme/record-on-programme.js';
import { RecordOnStaffHandler } from './record-on-staff.js';
import { RecordOversightHandler } from './record-oversight.js';
import { RegisterParticipantHandler } from './register.js';
import { Cases } from './cases.js';
import { Places } from './places.js';
import { Previews } from './preview.js';
import { QueriesController } from './queries.controller.js';
import { Queries } from './queries.js';
import { Reach } from './reach.js';
import { ReviewController } from './review/review.controller.js';
import { Signatures } from './review/signatures.js';
import { StaffController } from './staff/staff.controller.js';
import { Engagements } from './engagements.js';
import { StaffViews } from './staff-views.js';
import { SummaryOfHandler } from './summary.js';
import { CoursesController } from './support/courses.controller.js';
import { SupportController } from './support/support.controller.js';
import { VisitsController } from './visits.controller.js';
import { WorkingViewsController } from './working-views.controller.js';
import { WorkbookController } from './workbook/workbook.controller.js';

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
  Engagements,
  ListParticipantsHandler,
  ListCaseloadHandler,
  Reach,
  Places,
  Queries,
  Signatures,
  Cases,
];
