import { accountRows } from './accounts/accounts.read.js';
import { outcomeRows } from './acute-care/outcomes.read.js';
import { aspects } from './aspects.js';
import { participantRows } from './participants/participants.read.js';
import { MaskedQueryRow, QueryRow, queryRows } from './review/queries.read.js';
import { reviewedRows } from './review/reviewed.read.js';
import { staffRows } from './staff/staff.read.js';
import { courseRows } from './support/courses.read.js';
import { sessionRows } from './support/sessions.read.js';
import { workbookRows } from './workbook/workbooks.read.js';

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
