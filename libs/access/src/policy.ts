import { disclosureClasses, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import { maskedRoles, type Caller, type Role } from './roles.js';

/*
 * Who may do what: the only place. What is not granted here is denied. DOMAIN.md "Who uses it"; 21 CFR 11.10(g); ICH E6(R3) 4.1.
 * Nothing that a worker or a supervisor does may land on a stream a masked role sees: their role alone would tell the arm.
 * Except facts whose teller is withheld from masked roles, which anybody who learns of them may tell.
 */

/** Those whose work is in one arm: their role alone would tell it. */
export const careTeam: Role[] = ['worker', 'supervisor'];
/** Whoever meets the participant. */
const carers: Role[] = [...careTeam, 'clinician', 'researcher'];
/** Who engages people and sees them go. */
const staffKeepers: Role[] = ['supervisor', 'investigator', 'administrator'];
const oversight: Role[] = ['data-manager', 'trial-manager', 'monitor', 'auditor'];
/** Those who see to it that the programme is conducted as it should be. */
const conduct: Role[] = ['trial-manager', 'monitor', 'auditor'];

/** Which roles may run which command. */
export const commandGrants = {
  RegisterProgramme: ['investigator', 'administrator'],
  PublishProtocolVersion: ['investigator'],
  PublishWorkbookVersion: ['investigator'],
  ActivateSite: ['investigator', 'administrator'],
  ApproveAmendment: ['trial-manager', 'investigator'],
  LockDataset: ['data-manager', 'statistician'],
  UnlockDataset: ['data-manager', 'statistician'],
  Unblind: ['investigator'],
  RegisterParticipant: ['researcher', 'clinician', 'data-manager'],
  Screen: ['researcher', 'clinician'],
  Exclude: ['researcher', 'clinician'],
  GiveConsent: ['researcher'],
  WithdrawConsent: ['researcher', 'investigator'],
  Enrol: ['researcher', 'data-manager'],
  GiveInformation: ['researcher', 'clinician'],
  Reconsent: ['researcher'],
  RecordCapacity: carers,
  RecordContactPreferences: carers,
  DiscontinueIntervention: [...carers, 'investigator'],
  RecordLossToFollowUp: ['researcher', 'data-manager', 'trial-manager'],
  RecordDeath: [...carers, 'data-manager', 'trial-manager', 'investigator'],
  Complete: ['researcher', 'data-manager', 'trial-manager'],
  DiscloseAllocation: [...carers, 'data-manager', 'trial-manager', 'investigator'],
  MergeParticipants: ['data-manager'],
  UnmergeParticipants: ['data-manager'],
  AssignWorker: ['supervisor'],
  UnassignWorker: ['supervisor'],
  OfferSession: careTeam,
  RespondToOffer: careTeam,
  RescheduleSession: careTeam,
  CancelSession: careTeam,
  RecordAttendance: careTeam,
  RecordNonAttendance: careTeam,
  RecordVisit: careTeam,
  DeclineCourse: careTeam,
  ReofferCourse: careTeam,
  PauseCourse: careTeam,
  ReopenCourse: careTeam,
  EndCourse: careTeam,
  ReportNoLog: careTeam,
  ReconcileCourseLog: ['supervisor', 'data-manager'],
  RecordContactAttempt: careTeam,
  IssueWorkbook: [...careTeam, 'data-manager'],
  ReissueWorkbook: [...careTeam, 'data-manager'],
  ReturnDelivery: [...careTeam, 'data-manager'],
  StartSection: careTeam,
  CompleteSection: careTeam,
  ReopenSection: careTeam,
  RecordIndexDischarge: ['clinician', 'researcher'],
  RecordAdmission: ['clinician', 'researcher'],
  RecordNonAcceptance: ['clinician', 'researcher'],
  RecordTransfer: ['clinician', 'researcher'],
  RecordDischarge: ['clinician', 'researcher'],
  AscertainOutcomeWindow: ['researcher'],
  AttestEntry: ['supervisor', 'data-manager'],
  DismissDuplicate: ['supervisor', 'data-manager'],
  RaiseQuery: ['supervisor', 'clinician', 'researcher', 'data-manager', 'trial-manager', 'investigator'],
  AnswerQuery: [...careTeam, 'clinician', 'researcher', 'data-manager', 'investigator'],
  CloseQuery: ['supervisor', 'data-manager', 'trial-manager'],
  RecordDeviation: ['supervisor', 'clinician', 'researcher', 'data-manager', 'trial-manager', 'investigator'],
  Sign: ['supervisor', 'clinician', 'data-manager', 'investigator'],
  Engage: staffKeepers,
  DelegateTasks: ['supervisor', 'investigator'],
  RecordTraining: staffKeepers,
  HoldSupervision: ['supervisor'],
  RecordLeaving: staffKeepers,
  GrantAccess: ['administrator'],
  RevokeAccess: ['administrator'],
  ReviewAccess: ['auditor', 'monitor'],
  ReviewAuditTrail: ['auditor', 'monitor'],
  ReportSeriousBreach: ['data-manager', 'trial-manager', 'investigator'],
  SaveDocument: [...conduct, 'privacy-officer'],
  AdjudicateOutcome: ['researcher', 'investigator'],
  CorrectEntry: [...careTeam, 'clinician', 'researcher', 'data-manager'],
} satisfies Record<string, Role[]>;
export type CommandName = keyof typeof commandGrants;

/**
 * What happened out in the world and may be sent later: who has left may still tell it, dated before they did. Everything else — corrections,
 * remarks, judgements, assignments, who works here and who has access — happens as it is recorded.
 */
export const lateCommands: readonly CommandName[] = [
  'RegisterParticipant', 'Screen', 'Exclude', 'GiveInformation', 'GiveConsent', 'Reconsent', 'WithdrawConsent', 'Enrol', 'RecordCapacity', 'RecordContactPreferences', 'DiscontinueIntervention', 'RecordDeath', 'DiscloseAllocation',
  'OfferSession', 'RespondToOffer', 'RescheduleSession', 'CancelSession', 'RecordAttendance', 'RecordNonAttendance', 'RecordVisit', 'RecordContactAttempt',
  'DeclineCourse', 'ReofferCourse', 'PauseCourse', 'ReopenCourse', 'EndCourse', 'IssueWorkbook', 'ReissueWorkbook', 'ReturnDelivery', 'StartSection', 'CompleteSection',
  'RecordIndexDischarge', 'RecordAdmission', 'RecordNonAcceptance', 'RecordTransfer', 'RecordDischarge', 'AscertainOutcomeWindow',
];

/** What records nothing in the log: it is not judged there once more who gives it. */
export const besideTheLog: readonly CommandName[] = ['SaveDocument'];

const readers: Role[] = [...careTeam, 'clinician', 'researcher', 'investigator', ...oversight];

/** Which roles may ask which question. */
export const questionGrants = {
  Programme: [...readers, 'analyst', 'statistician', 'administrator'],
  Participants: readers,
  Summary: readers,
  Sessions: [...careTeam, 'clinician', 'investigator', ...oversight],
  Timeline: readers,
  History: [...careTeam, 'clinician', 'researcher', 'investigator', ...oversight],
  Replay: readers,
  Difference: readers,
  Entry: readers,
  Caseload: [...careTeam, 'data-manager', 'trial-manager', 'auditor'],
  MyDay: ['worker'],
  Board: ['supervisor'],
  Live: readers,
  LeadTable: ['investigator', 'statistician', ...oversight],
  OpenQueries: readers,
  Queries: readers,
  Signatures: readers,
  Codebook: ['analyst', 'statistician', 'investigator', ...oversight],
  AnonymousLog: ['analyst', 'statistician', 'investigator', ...oversight],
  AccessLog: ['auditor', 'monitor', 'privacy-officer'],
  Staff: ['worker', ...staffKeepers, ...oversight],
  Accounts: ['administrator', 'auditor', 'monitor', 'privacy-officer'],
  Conduct: ['investigator', ...oversight],
  Sight: ['auditor', 'monitor'],
  AuditTrail: conduct,
  AuditTrailPeople: conduct,
  AfterAuthority: conduct,
  AccessReview: ['auditor', 'monitor', 'privacy-officer'],
  Documents: [...conduct, 'privacy-officer'],
} satisfies Record<string, Role[]>;
export type QuestionName = keyof typeof questionGrants;

/** Which classes of fields a role sees of the entries it may see. */
export const fieldGrants: Record<Role, readonly DisclosureClass[]> = {
  worker: ['open', 'linked', 'blinded', 'worker', 'personal'],
  supervisor: ['open', 'linked', 'blinded', 'worker', 'personal'],
  clinician: ['open', 'linked', 'blinded', 'worker', 'personal'],
  researcher: ['open', 'linked'],
  'data-manager': ['open', 'linked', 'blinded', 'worker', 'personal'],
  'trial-manager': ['open', 'linked', 'blinded', 'worker'],
  investigator: ['open', 'linked', 'blinded', 'worker'],
  monitor: ['open', 'linked', 'blinded', 'worker'],
  auditor: ['open', 'linked', 'blinded', 'worker'],
  analyst: ['open'],
  statistician: ['open'],
  'privacy-officer': [],
  administrator: [],
};

/** Whose participants a role reaches. What is out of reach answers exactly as what does not exist. */
export const reach: Record<Role, 'caseload' | 'site' | 'programme' | 'none'> = {
  worker: 'caseload',
  supervisor: 'site',
  clinician: 'site',
  researcher: 'site',
  'data-manager': 'programme',
  'trial-manager': 'programme',
  investigator: 'programme',
  monitor: 'programme',
  auditor: 'programme',
  analyst: 'none',
  statistician: 'none',
  'privacy-officer': 'none',
  administrator: 'none',
};

/** The caller's roles that a table grants, in the caller's own order; empty when it is denied. */
export function granted(roles: readonly Role[], caller: Caller): Role[] {
  return caller.roles.filter((role) => roles.includes(role));
}

export function isMasked({ roles }: Pick<Caller, 'roles'>): boolean {
  return roles.some((role) => maskedRoles.includes(role));
}

export function seesClass(roles: readonly Role[], disclosure: DisclosureClass): boolean {
  return roles.some((role) => fieldGrants[role].includes(disclosure));
}

/** Whether nothing is withheld from these roles: not one class of field, and not who told a fact, as from those who are masked. */
export function seesEverything(roles: readonly Role[]): boolean {
  return !isMasked({ roles }) && disclosureClasses.every((disclosure) => seesClass(roles, disclosure));
}

/** Whether entries of streams like this may be seen at all. */
export function seesGroup(caller: Pick<Caller, 'roles'>, group: { readonly reveals?: 'allocation' }): boolean {
  return !(group.reveals && isMasked(caller));
}

export interface Whereabouts {
  readonly site: string;
  /** The staff id of the worker the participant is assigned to. */
  readonly worker?: string | undefined;
}

/** Where somebody's home is at an instant; nowhere before they are registered, and once they are erased. */
export interface Located {
  readonly participant: string;
  readonly home: (Whereabouts & { readonly programme: string }) | undefined;
}

/** The roles through which a caller reaches a member of staff: themselves, those of their sites, or everyone. */
export function reachingStaff(roles: readonly Role[], caller: Caller, staff: string, sites: readonly string[]): Role[] {
  const whereabouts = sites.length > 0 ? sites.map((site) => ({ site, worker: staff })) : [{ site: '', worker: staff }];
  return roles.filter((role) => role === 'administrator' || whereabouts.some((each) => reaching([role], caller, each).length > 0));
}

/** The roles through which a caller reaches a participant. */
export function reaching(roles: readonly Role[], caller: Caller, { site, worker }: Whereabouts): Role[] {
  return roles.filter((role) => {
    switch (reach[role]) {
      case 'programme':
        return true;
      case 'site':
        return caller.sites.includes(site);
      case 'caseload':
        return caller.staff !== undefined && caller.staff === worker;
      case 'none':
        return false;
    }
  });
}
