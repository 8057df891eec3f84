import type { Decider } from '@cairn/kernel/decider.js';
import type { Fact } from '@cairn/kernel/envelope.js';
import { accounts } from './accounts/accounts.js';
import { acuteCare } from './acute-care/acute-care.js';
import { conduct } from './conduct/conduct.js';
import { participants } from './participants/participants.js';
import { studyNumbers } from './participants/study-numbers.js';
import { programme } from './programme/programme.js';
import { meetings } from './staff/meetings.js';
import { staff } from './staff/staff.js';
import { support } from './support/support.js';
import { workbook } from './workbook/workbook.js';

/** A side of a participant's case: one stream each, each decided by its own rules. */
export type Aspect = Decider<unknown, never, Fact>;

/** Every stream that a participant has, in the order in which they are shown. */
export const aspects = [participants, support, workbook, acuteCare] as unknown as readonly Aspect[];

/** Everything this program can read and write. */
export const catalogues = [programme, studyNumbers, staff, meetings, accounts, conduct, ...aspects].map(({ events }) => events);
