import type { Definition } from '@cairn/kernel/catalogue.js';
import { commandGrants, reach } from '@cairn/access/policy.js';
import { correctionGrants, toldBy } from '@cairn/access/told-by.js';
import { aspects } from '@cairn/record/aspects.js';
import type { AcuteCommand } from '@cairn/record/acute-care/acute-care.js';
import type { ParticipantCommand } from '@cairn/record/participants/participants.js';
import type { AccountCommand } from '@cairn/record/accounts/accounts.js';
import type { ConductCommand } from '@cairn/record/conduct/conduct.js';
import type { ProgrammeCommand } from '@cairn/record/programme/programme.js';
import type { RemarkCommand } from '@cairn/record/review/review.js';
import type { StaffCommand } from '@cairn/record/staff/staff.js';
import type { SupportCommand } from '@cairn/record/support/support.js';
import type { WorkbookCommand } from '@cairn/record/workbook/workbook.js';

type Named<Command extends { type: string }> = Record<Command['type'], true>;

/** What each stream's decider can be told; the compiler names one that is missing here, and one that is no command any more. */
const commands: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  programme: { RegisterProgramme: true, PublishProtocolVersion: true, PublishWorkbookVersion: true, ActivateSite: true, ApproveAmendment: true, LockDataset: true, UnlockDataset: true, Unblind: true } satisfies Named<ProgrammeCommand>,
  participant: {
    RegisterParticipant: true, Screen: true, Exclude: true, GiveInformation: true, GiveConsent: true, Reconsent: true, WithdrawConsent: true, Enrol: true, RecordCapacity: true, RecordContactPreferences: true,
    DiscontinueIntervention: true, RecordLossToFollowUp: true, RecordDeath: true, Complete: true, DiscloseAllocation: true, MergeParticipants: true, UnmergeParticipants: true,
  } satisfies Named<ParticipantCommand>,
  support: {
    AssignWorker: true, UnassignWorker: true, OfferSession: true, RespondToOffer: true, RescheduleSession: true, CancelSession: true, RecordAttendance: true, RecordNonAttendance: true,
    DeclineCourse: true, ReofferCourse: true, PauseCourse: true, ReopenCourse: true, EndCourse: true, ReportNoLog: true, ReconcileCourseLog: true, RecordContactAttempt: true,
  } satisfies Named<SupportCommand>,
  remarks: { AttestEntry: true, DismissDuplicate: true, RaiseQuery: true, AnswerQuery: true, CloseQuery: true, RecordDeviation: true, Sign: true } satisfies Named<RemarkCommand>,
  staff: { Engage: true, DelegateTasks: true, RecordTraining: true, HoldSupervision: true, RecordLeaving: true } satisfies Named<StaffCommand>,
  account: { GrantAccess: true, RevokeAccess: true } satisfies Named<AccountCommand>,
  conduct: { ReviewAccess: true, ReviewAuditTrail: true, ReportSeriousBreach: true } satisfies Named<ConductCommand>,
  workbook: { IssueWorkbook: true, ReissueWorkbook: true, ReturnDelivery: true, StartSection: true, CompleteSection: true, ReopenSection: true } satisfies Named<WorkbookCommand>,
  acute: { RecordIndexDischarge: true, RecordAdmission: true, RecordNonAcceptance: true, RecordTransfer: true, RecordDischarge: true, AscertainOutcomeWindow: true, AdjudicateOutcome: true } satisfies Named<AcuteCommand>,
};
/** Granted as one, decided as several: a visit on two streams, a correction on any. Decided by none: a document is no entry of the record. */
const composed = ['RecordVisit', 'CorrectEntry', 'SaveDocument'];

it('every command of every decider has a grant, and every grant a command', () => {
  expect(Object.keys(commandGrants).sort()).toEqual([...Object.values(commands).flatMap(Object.keys), ...composed].sort());
});

it('no command is granted to nobody', () => {
  expect(Object.entries(commandGrants).filter(([, held]) => held.length === 0)).toEqual([]);
});

it('what may be corrected is exactly the streams of participants', () => {
  expect(Object.keys(correctionGrants).sort()).toEqual(aspects.map(({ events }) => events.stream).sort());
});

const visible = aspects.filter(({ events }) => events.reveals === undefined).map(({ events }) => events.stream);
const oneArm: string[] = ['worker', 'supervisor'];

it('masked roles see the participant’s own stream and acute care, and nothing else', () => expect(visible).toEqual(['participant', 'acute']));

it.each(['participant', 'acute'])('nobody whose work is in one arm records or corrects on %s streams, whose entries show the role, except what is shown without', (stream) => {
  const grants: Readonly<Record<string, readonly string[]>> = commandGrants;
  const records = Object.keys(commands[stream] ?? {});
  expect(records.length).toBeGreaterThan(0);
  const byOneArm = records.filter((command) => grants[command]?.some((role) => oneArm.includes(role) || reach[role as keyof typeof reach] === 'caseload'));
  const definitions: Readonly<Record<string, Definition>> = aspects.find(({ events }) => events.stream === stream)?.events.definitions ?? {};
  const withheld = Object.keys(definitions).filter((type) => definitions[type]?.teller === 'withheld');
  // Exactly the commands that tell such facts, and such facts alone.
  expect(byOneArm.sort()).toEqual([...new Set(withheld.map((type) => toldBy[type]))].sort());
  expect(Object.keys(definitions).filter((type) => byOneArm.includes(toldBy[type] ?? '')).sort()).toEqual(withheld.sort());
  for (const role of correctionGrants[stream] ?? []) expect(oneArm).not.toContain(role);
});
