import { disclosureClasses, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import { commandGrants, fieldGrants, granted, isMasked, lateCommands, questionGrants, reach, reaching, reachingStaff, seesClass, seesGroup, type CommandName, type QuestionName } from './policy.js';
import { correctionGrants, mayRemark } from './told-by.js';
import { maskedRoles, roles, type Caller, type Role } from './roles.js';

/*
 * Who may do what, written out a second time: whoever changes the policy changes it here as well, knowingly. One line a question, one
 * column a role, in the order of roles.ts:
 * worker, supervisor, clinician, researcher, data-manager, trial-manager, investigator, monitor, auditor, analyst, statistician,
 * privacy-officer, administrator.
 */
const commands: Record<CommandName, string> = {
  //                       w s c r d t i m a n x p o
  RegisterProgramme:      '. . . . . . i . . . . . o',
  PublishProtocolVersion: '. . . . . . i . . . . . .',
  PublishWorkbookVersion: '. . . . . . i . . . . . .',
  ActivateSite:           '. . . . . . i . . . . . o',
  ApproveAmendment:       '. . . . . t i . . . . . .',
  LockDataset:            '. . . . d . . . . . x . .',
  UnlockDataset:          '. . . . d . . . . . x . .',
  Unblind:                '. . . . . . i . . . . . .',
  RegisterParticipant:    '. . c r d . . . . . . . .',
  Screen:                 '. . c r . . . . . . . . .',
  Exclude:                '. . c r . . . . . . . . .',
  GiveConsent:            '. . . r . . . . . . . . .',
  WithdrawConsent:        '. . . r . . i . . . . . .',
  Enrol:                  '. . . r d . . . . . . . .',
  GiveInformation:        '. . c r . . . . . . . . .',
  Reconsent:              '. . . r . . . . . . . . .',
  RecordCapacity:         'w s c r . . . . . . . . .',
  RecordContactPreferences: 'w s c r . . . . . . . . .',
  DiscontinueIntervention: 'w s c r . . i . . . . . .',
  RecordLossToFollowUp:   '. . . r d t . . . . . . .',
  RecordDeath:            'w s c r d t i . . . . . .',
  Complete:               '. . . r d t . . . . . . .',
  DiscloseAllocation:     'w s c r d t i . . . . . .',
  MergeParticipants:      '. . . . d . . . . . . . .',
  UnmergeParticipants:    '. . . . d . . . . . . . .',
  AssignWorker:           '. s . . . . . . . . . . .',
  UnassignWorker:         '. s . . . . . . . . . . .',
  OfferSession:           'w s . . . . . . . . . . .',
  RespondToOffer:         'w s . . . . . . . . . . .',
  RescheduleSession:      'w s . . . . . . . . . . .',
  CancelSession:          'w s . . . . . . . . . . .',
  RecordAttendance:       'w s . . . . . . . . . . .',
  RecordNonAttendance:    'w s . . . . . . . . . . .',
  RecordVisit:            'w s . . . . . . . . . . .',
  DeclineCourse:          'w s . . . . . . . . . . .',
  ReofferCourse:          'w s . . . . . . . . . . .',
  PauseCourse:            'w s . . . . . . . . . . .',
  ReopenCourse:           'w s . . . . . . . . . . .',
  EndCourse:              'w s . . . . . . . . . . .',
  ReportNoLog:            'w s . . . . . . . . . . .',
  ReconcileCourseLog:     '. s . . d . . . . . . . .',
  RecordContactAttempt:   'w s . . . . . . . . . . .',
  IssueWorkbook:          'w s . . d . . . . . . . .',
  ReissueWorkbook:        'w s . . d . . . . . . . .',
  ReturnDelivery:         'w s . . d . . . . . . . .',
  StartSection:           'w s . . . . . . . . . . .',
  CompleteSection:        'w s . . . . . . . . . . .',
  ReopenSection:          'w s . . . . . . . . . . .',
  RecordIndexDischarge:   '. . c r . . . . . . . . .',
  RecordAdmission:        '. . c r . . . . . . . . .',
  RecordNonAcceptance:    '. . c r . . . . . . . . .',
  RecordTransfer:         '. . c r . . . . . . . . .',
  RecordDischarge:        '. . c r . . . . . . . . .',
  AscertainOutcomeWindow: '. . . r . . . . . . . . .',
  AttestEntry:            '. s . . d . . . . . . . .',
  DismissDuplicate:       '. s . . d . . . . . . . .',
  RaiseQuery:             '. s c r d t i . . . . . .',
  AnswerQuery:            'w s c r d . i . . . . . .',
  CloseQuery:             '. s . . d t . . . . . . .',
  RecordDeviation:        '. s c r d t i . . . . . .',
  Sign:                   '. s c . d . i . . . . . .',
  Engage:                 '. s . . . . i . . . . . o',
  DelegateTasks:          '. s . . . . i . . . . . .',
  RecordTraining:         '. s . . . . i . . . . . o',
  HoldSupervision:        '. s . . . . . . . . . . .',
  RecordLeaving:          '. s . . . . i . . . . . o',
  GrantAccess:            '. . . . . . . . . . . . o',
  RevokeAccess:           '. . . . . . . . . . . . o',
  ReviewAccess:           '. . . . . . . m a . . . .',
  ReviewAuditTrail:       '. . . . . . . m a . . . .',
  ReportSeriousBreach:    '. . . . d t i . . . . . .',
  SaveDocument:           '. . . . . t . m a . . p .',
  AdjudicateOutcome:      '. . . r . . i . . . . . .',
  CorrectEntry:           'w s c r d . . . . . . . .',
};
const questions: Record<QuestionName, string> = {
  //                       w s c r d t i m a n x p o
  Programme:              'w s c r d t i m a n x . o',
  Participants:           'w s c r d t i m a . . . .',
  Summary:                'w s c r d t i m a . . . .',
  Sessions:               'w s c . d t i m a . . . .',
  Timeline:               'w s c r d t i m a . . . .',
  History:                'w s c r d t i m a . . . .',
  Replay:                 'w s c r d t i m a . . . .',
  Difference:             'w s c r d t i m a . . . .',
  Entry:                  'w s c r d t i m a . . . .',
  Caseload:               'w s . . d t . . a . . . .',
  Board:                  '. s . . . . . . . . . . .',
  MyDay:                  'w . . . . . . . . . . . .',
  LeadTable:              '. . . . d t i m a . x . .',
  Live:                   'w s c r d t i m a . . . .',
  OpenQueries:            'w s c r d t i m a . . . .',
  Queries:                'w s c r d t i m a . . . .',
  Signatures:             'w s c r d t i m a . . . .',
  Codebook:               '. . . . d t i m a n x . .',
  AnonymousLog:           '. . . . d t i m a n x . .',
  AccessLog:              '. . . . . . . m a . . p .',
  Staff:                  'w s . . d t i m a . . . o',
  Accounts:               '. . . . . . . m a . . p o',
  Conduct:                '. . . . d t i m a . . . .',
  Sight:                  '. . . . . . . m a . . . .',
  AuditTrail:             '. . . . . t . m a . . . .',
  AuditTrailPeople:       '. . . . . t . m a . . . .',
  AfterAuthority:         '. . . . . t . m a . . . .',
  AccessReview:           '. . . . . . . m a . . p .',
  Documents:              '. . . . . t . m a . . p .',
};
const fields: Record<DisclosureClass, string> = {
  //                       w s c r d t i m a n x p o
  open:                   'w s c r d t i m a n x . .',
  linked:                 'w s c r d t i m a . . . .',
  blinded:                'w s c . d t i m a . . . .',
  worker:                 'w s c . d t i m a . . . .',
  personal:               'w s c . d . . . . . . . .',
};
const corrections: Record<string, string> = {
  //                       w s c r d t i m a n x p o
  participant:            '. . . r d . . . . . . . .',
  support:                'w s . . d . . . . . . . .',
  workbook:               'w s . . d . . . . . . . .',
  acute:                  '. . c r d . . . . . . . .',
};

/** Every cell of a table: who, and whether they may. */
function cells(table: Readonly<Record<string, string>>): [what: string, role: Role, may: boolean][] {
  return Object.entries(table).flatMap(([what, line]) => {
    const marks = line.split(' ');
    if (marks.length !== roles.length) throw new Error(`${what} has ${marks.length} columns; there are ${roles.length} roles.`);
    return roles.map((role, column): [string, Role, boolean] => [what, role, marks[column] !== '.']);
  });
}

const as = (...held: Role[]): Caller => ({ id: 'someone', roles: held, sites: ['s1'] });

describe('the policy, cell by cell', () => {
  it.each(cells(commands))('%s by %s: %s', (command, role, may) => expect(granted(commandGrants[command as CommandName], as(role))).toEqual(may ? [role] : []));
  it.each(cells(questions))('%s by %s: %s', (question, role, may) => expect(granted(questionGrants[question as QuestionName], as(role))).toEqual(may ? [role] : []));
  it.each(cells(fields))('%s fields by %s: %s', (disclosure, role, may) => expect(seesClass([role], disclosure as DisclosureClass)).toBe(may));
  it.each(cells(corrections))('corrections on %s streams by %s: %s', (stream, role, may) => expect((correctionGrants[stream] ?? []).includes(role)).toBe(may));

  it('has no row and no column beside these', () => {
    expect(Object.keys(commandGrants).sort()).toEqual(Object.keys(commands).sort());
    expect(Object.keys(questionGrants).sort()).toEqual(Object.keys(questions).sort());
    expect(Object.keys(correctionGrants).sort()).toEqual(Object.keys(corrections).sort());
    expect(Object.keys(fieldGrants).sort()).toEqual([...roles].sort());
    expect(Object.keys(fields).sort()).toEqual([...disclosureClasses].sort());
  });
});

describe('nothing a masked role sees tells the arm', () => {
  const careTeam: Role[] = ['worker', 'supervisor'];
  const seenByMasked: CommandName[] = [
    'RegisterParticipant', 'Screen', 'Exclude', 'GiveConsent', 'WithdrawConsent', 'Enrol', 'RecordIndexDischarge', 'RecordAdmission', 'RecordTransfer', 'RecordDischarge', 'AscertainOutcomeWindow', 'RecordNonAcceptance', 'AdjudicateOutcome',
    'GiveInformation', 'Reconsent', 'RecordLossToFollowUp', 'Complete', 'MergeParticipants', 'UnmergeParticipants',
  ];
  /** Told by anybody, and shown without the teller: see `teller` of their events. */
  const untold: CommandName[] = ['RecordCapacity', 'RecordContactPreferences', 'DiscontinueIntervention', 'RecordDeath', 'DiscloseAllocation'];

  /** Said of entries, on whichever stream they are. */
  const remarks: CommandName[] = ['AttestEntry', 'DismissDuplicate', 'RaiseQuery', 'AnswerQuery', 'CloseQuery', 'RecordDeviation', 'Sign'];

  it.each(remarks)('nobody who works with one arm only may %s where masked roles see it, and where they do not they may', (command) => {
    expect(granted(mayRemark(command, {}), as(...careTeam))).toEqual([]);
    expect(mayRemark(command, { reveals: 'allocation' })).toEqual(commandGrants[command]);
  });
  // The role of who recorded an entry is shown with it.
  it.each(seenByMasked)('nobody who works with one arm only may %s', (command) => expect(granted(commandGrants[command], as(...careTeam))).toEqual([]));
  it.each(['participant', 'acute'])('nobody who works with one arm only may correct %s streams', (stream) => {
    expect(correctionGrants[stream]?.filter((role) => careTeam.includes(role))).toEqual([]);
  });
  it('who may correct somewhere may send corrections, and the other way round', () => {
    expect(new Set(Object.values(correctionGrants).flat())).toEqual(new Set<Role>(commandGrants.CorrectEntry));
  });

  it.each(maskedRoles)('%s sees no blinded field, no staff and no free text', (role) => {
    for (const disclosure of ['blinded', 'worker', 'personal'] as const) expect(seesClass([role], disclosure)).toBe(false);
  });
  it.each(maskedRoles)('%s sees no stream that reveals the allocation, by commands neither', (role) => {
    expect(isMasked(as(role))).toBe(true);
    expect(seesGroup(as(role), { reveals: 'allocation' })).toBe(false);
    expect(seesGroup(as(role), {})).toBe(true);
    const may = Object.entries(commandGrants).filter(([, held]) => (held as Role[]).includes(role)).map(([command]) => command);
    expect(may.filter((command) => command !== 'CorrectEntry' && ![...seenByMasked, ...untold, ...remarks].includes(command as CommandName))).toEqual([]);
  });
  it('everyone else sees all streams', () => {
    for (const role of roles.filter((each) => !maskedRoles.includes(each))) expect(seesGroup(as(role), { reveals: 'allocation' })).toBe(true);
  });
});

describe('reach', () => {
  it('is by role', () => {
    expect(reach).toEqual({
      worker: 'caseload', supervisor: 'site', clinician: 'site', researcher: 'site', 'data-manager': 'programme', 'trial-manager': 'programme', investigator: 'programme', monitor: 'programme',
      auditor: 'programme', analyst: 'none', statistician: 'none', 'privacy-officer': 'none', administrator: 'none',
    });
  });

  const through = (held: Role[], who: Partial<Caller>, where: { site: string; worker?: string }) => reaching(held, { ...as(...held), ...who }, where);

  it('of a worker is the own caseload, whatever the site', () => {
    expect(through(['worker'], { staff: 'w1' }, { site: 's9', worker: 'w1' })).toEqual(['worker']);
    expect(through(['worker'], { staff: 'w1' }, { site: 's1', worker: 'w2' })).toEqual([]);
    expect(through(['worker'], { staff: 'w1' }, { site: 's1' })).toEqual([]);
    expect(through(['worker'], {}, { site: 's1' })).toEqual([]);
  });
  it('of a site’s people is their sites', () => {
    expect(through(['supervisor'], {}, { site: 's1' })).toEqual(['supervisor']);
    expect(through(['supervisor', 'clinician'], {}, { site: 's2', worker: 'w1' })).toEqual([]);
    expect(through(['researcher'], { sites: [] }, { site: 's1' })).toEqual([]);
  });
  it('of the programme’s people is everyone, of the others nobody', () => {
    expect(through(['auditor'], { sites: [] }, { site: 's2' })).toEqual(['auditor']);
    expect(through(['analyst', 'statistician', 'privacy-officer', 'administrator'], {}, { site: 's1' })).toEqual([]);
  });
  it('names only the roles it is through', () => expect(through(['clinician', 'monitor'], {}, { site: 's2' })).toEqual(['monitor']));
});

it('who has left may tell late what happened in care and research, and do nothing that happens as it is recorded', () => {
  const never: CommandName[] = [
    'RegisterProgramme', 'PublishProtocolVersion', 'PublishWorkbookVersion', 'ActivateSite', 'Engage', 'DelegateTasks', 'RecordTraining', 'HoldSupervision', 'RecordLeaving', 'GrantAccess', 'RevokeAccess',
    'ReviewAccess', 'ReviewAuditTrail', 'ReportSeriousBreach', 'CorrectEntry', 'AttestEntry', 'DismissDuplicate', 'RaiseQuery', 'AnswerQuery', 'CloseQuery', 'RecordDeviation', 'Sign', 'AssignWorker', 'UnassignWorker',
  ];
  expect(lateCommands.filter((command) => never.includes(command))).toEqual([]);
});

describe('reach among staff', () => {
  const through = (held: Role[], who: Partial<Caller>, staff: string, sites: string[]) => reachingStaff(held, { ...as(...held), ...who }, staff, sites);

  it('of a worker is themselves, wherever they are engaged', () => {
    expect(through(['worker'], { staff: 'w1' }, 'w1', ['s9'])).toEqual(['worker']);
    expect(through(['worker'], { staff: 'w1' }, 'w1', [])).toEqual(['worker']);
    expect(through(['worker'], { staff: 'w1' }, 'w2', ['s1'])).toEqual([]);
  });
  it('of a supervisor those of their sites, one site being enough', () => {
    expect(through(['supervisor'], {}, 'w1', ['s2', 's1'])).toEqual(['supervisor']);
    expect(through(['supervisor'], {}, 'w1', ['s2'])).toEqual([]);
    expect(through(['supervisor'], {}, 'w1', [])).toEqual([]);
  });
  it('of the administrator everyone, though no participant', () => {
    expect(through(['administrator'], {}, 'w1', ['s9'])).toEqual(['administrator']);
    expect(through(['analyst', 'statistician', 'privacy-officer'], {}, 'w1', ['s1'])).toEqual([]);
  });
});

it('a grant is in the caller’s order, and only of what they hold', () => {
  expect(granted(['supervisor', 'worker', 'clinician'], as('worker', 'supervisor'))).toEqual(['worker', 'supervisor']);
  expect(granted([], as('auditor'))).toEqual([]);
});
