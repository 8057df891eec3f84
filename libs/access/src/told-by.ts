import { careTeam, commandGrants, type CommandName } from './policy.js';
import type { Role } from './roles.js';

/*
 * Which command tells which fact, and who may therefore correct it or remark on it. The grants themselves are policy.ts's.
 */

/** On which streams a role that may correct may correct: those it records on. The data manager resolves queries on all. */
export const correctionGrants: Readonly<Record<string, readonly Role[]>> = {
  participant: ['researcher', 'data-manager'],
  support: [...careTeam, 'data-manager'],
  workbook: [...careTeam, 'data-manager'],
  acute: ['clinician', 'researcher', 'data-manager'],
};

/** The command that records each type of event: whoever may not tell a fact may not rewrite it either. */
export const toldBy: Readonly<Record<string, CommandName>> = {
  ProgrammeRegistered: 'RegisterProgramme',
  ProtocolVersionPublished: 'PublishProtocolVersion',
  WorkbookVersionPublished: 'PublishWorkbookVersion',
  SiteActivated: 'ActivateSite',
  AmendmentApproved: 'ApproveAmendment',
  DatasetLocked: 'LockDataset',
  DatasetUnlocked: 'UnlockDataset',
  Unblinded: 'Unblind',
  ParticipantRegistered: 'RegisterParticipant',
  Screened: 'Screen',
  Excluded: 'Exclude',
  ConsentGiven: 'GiveConsent',
  ConsentScopeWithdrawn: 'WithdrawConsent',
  Enrolled: 'Enrol',
  InformationGiven: 'GiveInformation',
  Reconsented: 'Reconsent',
  CapacityLost: 'RecordCapacity',
  CapacityRegained: 'RecordCapacity',
  ContactPreferencesRecorded: 'RecordContactPreferences',
  InterventionDiscontinued: 'DiscontinueIntervention',
  LostToFollowUp: 'RecordLossToFollowUp',
  Died: 'RecordDeath',
  Completed: 'Complete',
  AllocationDisclosed: 'DiscloseAllocation',
  ParticipantsMerged: 'MergeParticipants',
  ParticipantsUnmerged: 'UnmergeParticipants',
  WorkerAssigned: 'AssignWorker',
  WorkerUnassigned: 'UnassignWorker',
  SessionOffered: 'OfferSession',
  OfferAccepted: 'RespondToOffer',
  OfferDeclined: 'RespondToOffer',
  SessionRescheduled: 'RescheduleSession',
  SessionCancelled: 'CancelSession',
  SessionAttended: 'RecordAttendance',
  SessionNotAttended: 'RecordNonAttendance',
  CourseDeclined: 'DeclineCourse',
  CourseReoffered: 'ReofferCourse',
  CoursePaused: 'PauseCourse',
  CourseReopened: 'ReopenCourse',
  CourseEnded: 'EndCourse',
  NoLogReturned: 'ReportNoLog',
  CourseLogReconciled: 'ReconcileCourseLog',
  ContactAttempted: 'RecordContactAttempt',
  WorkbookIssued: 'IssueWorkbook',
  WorkbookReissued: 'ReissueWorkbook',
  DeliveryReturned: 'ReturnDelivery',
  SectionStarted: 'StartSection',
  SectionCompleted: 'CompleteSection',
  SectionReopened: 'ReopenSection',
  IndexDischargeRecorded: 'RecordIndexDischarge',
  AdmissionFound: 'RecordAdmission',
  AssessedNotAccepted: 'RecordNonAcceptance',
  TransferFound: 'RecordTransfer',
  DischargeFound: 'RecordDischarge',
  OutcomeWindowAscertained: 'AscertainOutcomeWindow',
  OutcomeAdjudicated: 'AdjudicateOutcome',
  EntryAttested: 'AttestEntry',
  DuplicateDismissed: 'DismissDuplicate',
  QueryRaised: 'RaiseQuery',
  QueryAnswered: 'AnswerQuery',
  QueryClosed: 'CloseQuery',
  ProtocolDeviationRecorded: 'RecordDeviation',
  DataSigned: 'Sign',
  SignatureDropped: 'Sign',
  EntryAmended: 'CorrectEntry',
  EntryVoided: 'CorrectEntry',
  EntryReattributed: 'CorrectEntry',
  Engaged: 'Engage',
  TasksDelegated: 'DelegateTasks',
  TrainingCompleted: 'RecordTraining',
  MeetingHeld: 'HoldSupervision',
  SupervisionHeld: 'HoldSupervision',
  Left: 'RecordLeaving',
  AccessGranted: 'GrantAccess',
  AccessRevoked: 'RevokeAccess',
  AccessReviewed: 'ReviewAccess',
  AuditTrailReviewed: 'ReviewAuditTrail',
  SeriousBreachReported: 'ReportSeriousBreach',
};

/** The roles that may correct an entry of this type on such a stream: those that may record it, and the data manager. */
export function mayCorrect(stream: string, type: string): Role[] {
  const command = toldBy[type];
  const tellers: readonly Role[] = command ? commandGrants[command] : [];
  return (correctionGrants[stream] ?? []).filter((role) => role === 'data-manager' || command === undefined || tellers.includes(role));
}

/** The command that tells facts of this type, and who may; none for what only the service itself tells. */
export function commandOf(type: string): { readonly command?: CommandName; readonly roles: readonly Role[] } {
  const command = toldBy[type];
  return command ? { command, roles: commandGrants[command] } : { roles: [] };
}

/** The roles that may say something of entries on such a stream: nobody whose work is in one arm, where masked roles see it. */
export function mayRemark(command: CommandName, { reveals }: { readonly reveals?: 'allocation' }): Role[] {
  return commandGrants[command].filter((role) => reveals !== undefined || !careTeam.includes(role));
}
