import fc, { type Arbitrary } from 'fast-check';
import { check } from '@cairn/kernel/catalogue.js';
import { correct, type CorrectionCommand } from '@cairn/kernel/correct.js';
import { isCorrection, voidReasons, type VoidReason } from '@cairn/kernel/corrections.js';
import { fold, type Decider } from '@cairn/kernel/decider.js';
import type { Entry, EntryOf, Fact } from '@cairn/kernel/envelope.js';
import { asOf, effective, knownAt } from '@cairn/kernel/history.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { accounts } from './accounts/accounts.js';
import { adjudications } from './acute-care/events.js';
import { acuteCare } from './acute-care/acute-care.js';
import { acuteSettings, lockReasons, outcomeSources, unblindReasons, unlockReasons } from './programme/events.js';
import { conduct } from './conduct/conduct.js';
import { consentScopes, contactMethods, deathSources, disclosedTo, disclosureKinds, discontinuations, exclusionReasons, losses, timesOfDay } from './participants/events.js';
import { participants } from './participants/participants.js';
import { studyNumbers } from './participants/study-numbers.js';
import * as examples from './programme/examples.js';
import { programme } from './programme/programme.js';
import { deviationKinds, queryRecipients, queryResolutions, queryTopics, signatureMeanings } from './review/events.js';
import { reviewOf } from './review/review.js';
import { meetings } from './staff/meetings.js';
import { staff } from './staff/staff.js';
import { supportEvents, contactResults, courseEnds, modes, nonAttendances, offerMethods, pauseReasons, places } from './support/events.js';
import { support } from './support/support.js';
import { returnCauses } from './workbook/events.js';
import { workbook } from './workbook/workbook.js';

/** Any one of the deciders; what it is told fits, since both come from the same `Subject`. */
type Anyone = Decider<unknown, never, Fact>;
interface Command { readonly type: string }
interface Subject {
  readonly decider: Anyone;
  /** Something to write, for each type of fact. */
  readonly data: Readonly<Record<string, Arbitrary<object>>>;
  readonly commands: Arbitrary<Command>;
  /** Whether telling the same twice is one fact. A number issued twice is two numbers. */
  readonly restates: boolean;
}
type Step =
  | { readonly do: 'tell'; readonly command: Command; readonly told: Occurred | undefined; readonly now: Occurred }
  | { readonly do: 'amend'; readonly which: number; readonly data: Readonly<Record<string, object>>; readonly occurred: Occurred | undefined }
  | { readonly do: 'void'; readonly which: number; readonly why: VoidReason };

const zone = 'Europe/London';
/** Whose entries `entryOf` makes. */
const self = '6f1c8a4e-0000-4000-8000-000000000001';
const uuid = (n: number) => `9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a1${n}`;
const of = fc.constantFrom;
const also = <T extends object>(model: { [K in keyof T]: Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });
const both = (...parts: Arbitrary<object>[]): Arbitrary<object> => fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as object);
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-03-${String(n).padStart(2, '0')}`);
const occurred: Arbitrary<Occurred> = fc.oneof(
  day.map((at) => ({ at, precision: 'date' as const, zone })),
  day.map((at) => ({ at: `${at}T09:30:00+00:00`, precision: 'minute' as const, zone })),
  of<Occurred>({ at: '2026-03', precision: 'month', zone }, { at: '2026-02', precision: 'month', zone }, { precision: 'unknown', zone }),
);
/** Nothing that is told is still to come. */
const present = fc.constant<Occurred>({ at: '2026-04-01T09:30:00+01:00', precision: 'minute', zone });
const told = fc.option(occurred, { nil: undefined });
const facts = (type: string, data: Arbitrary<object>): Arbitrary<Command> => data.map((facts) => ({ type, facts }));
const said = (type: string, model: Record<string, Arbitrary<unknown>> = {}): Arbitrary<Command> => fc.record(model).map((rest) => ({ type, ...rest }));
const subject = <S, C, E extends Fact>(decider: Decider<S, C, E>, data: Subject['data'], commands: Arbitrary<Command>[], restates = true): Subject =>
  ({ decider, data, commands: fc.oneof(...commands), restates });

const label = of('1', '2', 'constructor');
const published = { 1: ['a', 'constructor'], 2: ['a', 'b'], constructor: ['a'] };
const session = of(1, 2, 3).map(uuid);
const worker = of('w1', 'w2');
const start = day.map((date) => `${date}T14:00:00+00:00`);
const mode = of(...modes);

const onProgramme = {
  ProgrammeRegistered: fc.record({ title: of('One', 'Other'), zone: of(zone, 'UTC') }),
  ProtocolVersionPublished: fc.record({ version: label, plannedSessions: of(10, 12) }).map((rest) => ({ ...examples.protocol, ...rest })),
  WorkbookVersionPublished: fc.record({ version: label }).map((rest) => ({ ...examples.workbook, ...rest })),
  SiteActivated: fc.record({ site: of('hexley', 'overton', 'constructor'), name: of('Team'), code: of('HX', 'OV', 'CO'), nation: of('england'), protocolVersion: label, on: day }),
  AmendmentApproved: fc.record({ protocolVersion: label, on: day, reference: of('REC 1', 'REC 2') }),
  DatasetLocked: fc.record({ dataset: of('primary', 'constructor'), manifest: of('a'.repeat(64), 'b'.repeat(64)), position: of('p1', 'p2'), reason: of(...lockReasons) }),
  DatasetUnlocked: fc.record({ dataset: of('primary', 'constructor'), reason: of(...unlockReasons) }),
  Unblinded: fc.record({ on: day, reason: of(...unblindReasons) }),
};
const onParticipant = {
  ParticipantRegistered: fc.record({ programme: of('core', 'other'), site: of('hexley', 'constructor'), studyNumber: of('HX-0001-S', 'HX-0002-P') }),
  Screened: fc.record({ criteria: of([], [{ code: 'risk', met: false }]), result: of('eligible', 'not-eligible') }),
  Excluded: fc.record({ reason: of(...exclusionReasons) }),
  ConsentGiven: fc.record({ scopes: some(consentScopes), formVersion: label, capacity: fc.boolean() }),
  ConsentScopeWithdrawn: both(fc.record({ scope: of(...consentScopes) }), also({ effective: day })),
  Enrolled: fc.record({ protocolVersion: label }),
  InformationGiven: fc.record({ version: label }),
  Reconsented: fc.record({ scopes: some(consentScopes), formVersion: label, capacity: fc.boolean() }),
  CapacityLost: also({ assessed: fc.boolean() }),
  CapacityRegained: also({ assessed: fc.boolean() }),
  ContactPreferencesRecorded: both(fc.record({ methods: fc.subarray([...contactMethods]) }), also({ timesOfDay: some(timesOfDay), doNotContact: fc.array(fc.record({ from: day }), { maxLength: 2 }), language: of('en', 'pt-BR'), interpreter: fc.boolean() })),
  InterventionDiscontinued: also({ reason: of(...discontinuations) }),
  LostToFollowUp: also({ reason: of(...losses) }),
  Died: fc.record({ source: of(...deathSources) }),
  Completed: fc.constant({}),
  ParticipantsMerged: fc.record({ kept: of(uuid(8)), merged: of(uuid(9), uuid(7)) }),
  ParticipantsUnmerged: fc.record({ kept: of(uuid(8)), merged: of(uuid(9), uuid(7)) }),
  AllocationDisclosed: both(fc.record({ to: of(...disclosedTo), kind: of(...disclosureKinds) }), also({ staff: of('r1', 'r2') })),
};
const onSite = { StudyNumberIssued: fc.record({ number: fc.integer({ min: 1, max: 99 }) }) };
const ofSession = fc.record({ session });
const course = of(1, 1, 2, 3);
const ofCourse = fc.record({ course });
const onSupport = {
  WorkerAssigned: fc.record({ worker }),
  WorkerUnassigned: fc.record({ worker }),
  SessionOffered: fc.record({ session, ordinal: of(1, 2, 9), plannedStart: start, mode, method: of(...offerMethods) }),
  OfferAccepted: ofSession,
  OfferDeclined: ofSession,
  SessionRescheduled: fc.record({ session, plannedStart: start, by: of('participant', 'provider') }),
  SessionCancelled: both(fc.record({ session, by: of('participant', 'provider') }), also({ noticeHours: fc.nat(200) })),
  SessionAttended: both(
    fc.record({ session, minutes: of(30, 60), mode, worker, punctuality: of('on-time', 'late') }),
    also({ plannedMode: mode, place: of(...places), jointWorker: worker, interpreter: fc.boolean() }),
  ),
  SessionNotAttended: fc.record({ session, kind: of(...nonAttendances) }),
  CourseDeclined: ofCourse,
  CourseReoffered: ofCourse,
  CoursePaused: fc.record({ course, reason: of(...pauseReasons) }),
  CourseReopened: ofCourse,
  CourseEnded: fc.record({ course, reason: of(...courseEnds) }),
  NoLogReturned: ofCourse,
  CourseLogReconciled: fc.record({ course, attended: of(0, 6) }),
  ContactAttempted: fc.record({ attempt: session, method: of(...offerMethods), result: of(...contactResults) }),
};
const section = fc.record({ section: of('a', 'b', 'constructor'), version: label });
const onWorkbook = {
  WorkbookIssued: fc.record({ version: label, delivery: of('in-person', 'post') }),
  WorkbookReissued: fc.record({ version: label, delivery: of('in-person', 'post'), cause: of('lost', 'damaged'), filled: fc.boolean() }),
  DeliveryReturned: fc.record({ version: label, cause: of(...returnCauses) }),
  SectionStarted: section,
  SectionReopened: section,
  SectionCompleted: both(section, fc.record({ reporter: of('worker', 'participant') }), also({ session })),
};
const inVersion = fc.option(of('1', '2', 'toString'), { nil: undefined });
const episode = fc.record({ episode: session });
const setting = of(...acuteSettings);
const onAcute = {
  IndexDischargeRecorded: both(episode, fc.record({ setting })),
  AdmissionFound: both(episode, fc.record({ setting, source: of(...outcomeSources), foundOn: day }), also({ area: of('north') })),
  AssessedNotAccepted: both(episode, fc.record({ setting, source: of(...outcomeSources), foundOn: day })),
  OutcomeAdjudicated: both(episode, fc.record({ decision: of(...adjudications) })),
  TransferFound: both(episode, fc.record({ to: setting })),
  DischargeFound: episode,
  OutcomeWindowAscertained: fc.record({ sources: some(outcomeSources), searchedTo: day, noneFound: fc.boolean() }),
};

const anEntry = of(1, 2, 3).map(uuid);
const entries = fc.uniqueArray(anEntry, { minLength: 1 });
const query = fc.record({ query: session });
const onAny = {
  EntryAttested: fc.record({ entry: anEntry }),
  DuplicateDismissed: fc.uniqueArray(anEntry, { minLength: 2 }).map((told) => ({ entries: told })),
  QueryRaised: both(query, fc.record({ topic: of(...queryTopics), to: of(...queryRecipients), entries }), also({ text: of('Why?') })),
  QueryAnswered: both(query, fc.record({ text: of('So.', 'No.') })),
  QueryClosed: both(query, fc.record({ resolution: of(...queryResolutions) })),
  ProtocolDeviationRecorded: both(fc.record({ deviation: session, kind: of(...deviationKinds) }), also({ entry: anEntry, text: of('It was so.') })),
  DataSigned: fc.record({ signature: session, meaning: of(...signatureMeanings), entries, digest: of('0'.repeat(64), 'a'.repeat(64)), name: of('A. B.') }),
  SignatureDropped: fc.record({ signature: session, entry: anEntry }),
};
const standing = fc.subarray([1, 2, 3].map(uuid)).map((ids) => new Set(ids));
const remark = (type: string, model: Record<string, Arbitrary<unknown>>) => said(type, { ...model, standing });
const minutes = of(30, 60);
const onStaff = {
  Engaged: fc.record({ programme: of('core'), site: of('hexley', 'constructor'), role: of('worker', 'supervisor'), from: day }),
  TasksDelegated: both(fc.record({ tasks: of([], ['offer-sessions'], ['workbook']) }), also({ until: day })),
  TrainingCompleted: both(fc.record({ training: of('safeguarding', 'constructor') }), also({ validUntil: day })),
  SupervisionHeld: fc.record({ meeting: session, kind: of('individual', 'group'), minutes }),
};
const onMeeting = { MeetingHeld: fc.record({ kind: of('individual', 'group'), minutes, attendees: some(['w1', 'w2', 'constructor']) }) };
const account = of('auth0|8f2');
const onAccount = {
  AccessGranted: both(fc.record({ account, grant: session, roles: of(['monitor'], ['worker']), sites: of([], ['hexley']), purpose: of('monitoring-visit') }), also({ staff: worker, until: start })),
  AccessRevoked: fc.record({ account, reason: of('left', 'role-ended') }),
};
const findings = of([], [{ code: 'late-entries', grade: 'minor' }]);
const onConduct = {
  AccessReviewed: fc.record({ review: session, findings, accounts: some(['w1', 'auth0|8f2']) }),
  AuditTrailReviewed: both(fc.record({ review: session, findings, from: of('2026-03-01T00:00:00Z'), to: start }), also({ filters: of({ site: 'hexley' }) })),
  SeriousBreachReported: fc.record({ breach: session, what: of('It was shown.'), awareAt: start, reportedTo: of(['sponsor']) }),
};

const subjects: readonly Subject[] = [
  subject(reviewOf(supportEvents), onAny, [
    remark('AttestEntry', { entry: anEntry }), remark('DismissDuplicate', { entries: fc.uniqueArray(anEntry, { minLength: 2 }) }), remark('RaiseQuery', { facts: onAny.QueryRaised }), facts('AnswerQuery', onAny.QueryAnswered),
    facts('CloseQuery', onAny.QueryClosed), remark('RecordDeviation', { facts: onAny.ProtocolDeviationRecorded }), remark('Sign', { facts: onAny.DataSigned, signer: of('w1') }), said('DropSignatures', { entry: anEntry }),
    remark('SettleQueries', { reassigned: fc.boolean() }),
  ]),
  subject(programme, onProgramme, [
    facts('RegisterProgramme', onProgramme.ProgrammeRegistered), facts('PublishProtocolVersion', onProgramme.ProtocolVersionPublished),
    facts('PublishWorkbookVersion', onProgramme.WorkbookVersionPublished), facts('ActivateSite', onProgramme.SiteActivated),
    facts('ApproveAmendment', onProgramme.AmendmentApproved), facts('LockDataset', onProgramme.DatasetLocked), facts('UnlockDataset', onProgramme.DatasetUnlocked), facts('Unblind', onProgramme.Unblinded),
  ]),
  subject(participants, onParticipant, [
    said('RegisterParticipant', { programme: of('core', 'other'), site: of('hexley'), studyNumber: of('HX-0001-S', 'HX-0002-P') }), facts('Screen', onParticipant.Screened), facts('Exclude', onParticipant.Excluded),
    facts('GiveConsent', onParticipant.ConsentGiven), said('WithdrawConsent', { scope: of(...consentScopes), effective: fc.option(day, { nil: undefined }) }), said('Enrol', { protocolVersion: label }),
    facts('GiveInformation', onParticipant.InformationGiven), facts('Reconsent', onParticipant.Reconsented), said('RecordCapacity', { has: fc.boolean(), assessed: fc.option(fc.boolean(), { nil: undefined }) }),
    facts('RecordContactPreferences', onParticipant.ContactPreferencesRecorded), facts('DiscontinueIntervention', onParticipant.InterventionDiscontinued), facts('RecordLossToFollowUp', onParticipant.LostToFollowUp),
    facts('RecordDeath', onParticipant.Died), said('Complete'),
    ...['MergeParticipants', 'UnmergeParticipants'].flatMap((type) => [said(type, { kept: of(self), merged: of(uuid(6), uuid(7)), as: of('kept') }), said(type, { kept: of(uuid(6), uuid(7)), merged: of(self), as: of('merged') })]),
    facts('DiscloseAllocation', onParticipant.AllocationDisclosed),
  ]),
  subject(studyNumbers, onSite, [said('IssueStudyNumber')], false),
  subject(staff, onStaff, [
    facts('Engage', onStaff.Engaged), facts('DelegateTasks', onStaff.TasksDelegated), facts('RecordTraining', onStaff.TrainingCompleted), facts('HoldSupervision', onStaff.SupervisionHeld), said('RecordLeaving'),
  ]),
  subject(meetings, onMeeting, [facts('HoldMeeting', onMeeting.MeetingHeld)]),
  subject(accounts, onAccount, [facts('GrantAccess', onAccount.AccessGranted), facts('RevokeAccess', onAccount.AccessRevoked)]),
  subject(conduct, onConduct, [facts('ReviewAccess', onConduct.AccessReviewed), facts('ReviewAuditTrail', onConduct.AuditTrailReviewed), facts('ReportSeriousBreach', onConduct.SeriousBreachReported)]),
  subject(support, onSupport, [
    said('AssignWorker', { worker }), said('UnassignWorker'), facts('OfferSession', onSupport.SessionOffered), facts('OfferSession', onSupport.SessionOffered.map(({ ordinal, ...rest }) => rest)),
    said('RespondToOffer', { session, response: of('accepted', 'declined') }), facts('RescheduleSession', onSupport.SessionRescheduled), facts('CancelSession', onSupport.SessionCancelled),
    facts('RecordAttendance', onSupport.SessionAttended), facts('RecordNonAttendance', onSupport.SessionNotAttended), facts('EndCourse', onSupport.CourseEnded),
    facts('DeclineCourse', ofCourse), facts('ReofferCourse', ofCourse), facts('PauseCourse', onSupport.CoursePaused), facts('ReopenCourse', ofCourse),
    facts('ReportNoLog', ofCourse), facts('ReconcileCourseLog', onSupport.CourseLogReconciled), facts('RecordContactAttempt', onSupport.ContactAttempted),
  ]),
  subject(workbook, onWorkbook, [
    said('IssueWorkbook', { facts: onWorkbook.WorkbookIssued, published: of(published) }), said('StartSection', { section: of('a', 'b', 'constructor'), version: inVersion, published: of(published) }),
    facts('ReissueWorkbook', onWorkbook.WorkbookReissued), facts('ReturnDelivery', fc.oneof(onWorkbook.DeliveryReturned, fc.record({ cause: of(...returnCauses) }))),
    said('ReopenSection', { section: of('a', 'b', 'constructor'), version: inVersion, published: of(published) }),
    said('CompleteSection', { section: of('a', 'b', 'constructor'), version: inVersion, reporter: of('worker', 'participant'), session: fc.option(session, { nil: undefined }), published: of(published) }),
  ]),
  subject(acuteCare, onAcute, [
    facts('RecordIndexDischarge', onAcute.IndexDischargeRecorded), facts('RecordAdmission', onAcute.AdmissionFound), facts('RecordTransfer', onAcute.TransferFound), facts('RecordNonAcceptance', onAcute.AssessedNotAccepted), facts('AdjudicateOutcome', onAcute.OutcomeAdjudicated),
    facts('RecordDischarge', onAcute.DischargeFound), facts('AscertainOutcomeWindow', onAcute.OutcomeWindowAscertained),
  ]),
];

describe.each(subjects.map((each) => [each.decider.events.stream, each] as const))('%s', (_, { decider, data, commands, restates }) => {
  const types = Object.keys(decider.events.definitions);
  const correctable = decider.events.about === 'participant';
  const tells: Arbitrary<Step> = fc.record({ do: fc.constant('tell'), command: commands, told, now: present });
  const amends: Arbitrary<Step> = fc.record({ do: fc.constant('amend'), which: fc.nat(), data: fc.record(data), occurred: told });
  const voids: Arbitrary<Step> = fc.record({ do: fc.constant('void'), which: fc.nat(), why: of(...voidReasons) });
  const steps = fc.array(correctable ? fc.oneof({ weight: 6, arbitrary: tells }, { weight: 2, arbitrary: amends }, { weight: 1, arbitrary: voids }) : tells, { size: '+1', maxLength: 40 });

  it('holds after any commands and corrections; all they write can be written; told again at once, they decide nothing', () => {
    const written = new Set<string>();
    fc.assert(
      fc.property(steps, (taken) => {
        let history: Entry[] = [];
        for (const step of taken) {
          const decided = unlessRefused(() => decide(decider, step, history));
          for (const fact of decided) check(decider.events, fact.type, fact.data);
          history = [...history, ...decided.map((fact, index) => entryOf(fact, history.length + index + 1, step.do === 'tell' ? { occurred: step.told ?? step.now } : {}))];
          if (decided.length > 0 && restates) expect(decide(decider, step, history)).toEqual([]);
          expect(decider.holds?.(stateOf(decider, history))).toBeUndefined();
          for (const { type } of decided) written.add(type);
        }
      }),
      { numRuns: 150 },
    );
    expect([...written].sort()).toEqual([...types, ...(correctable ? ['EntryAmended', 'EntryVoided'] : [])].sort());
  });

  const [here, there] = [uuid(8), uuid(9)];
  const fact = of(...types).chain((type) => (data[type] ?? fc.constant({})).map((value) => ({ type, data: value })));
  /** Whatever a store may hold: facts in any order, erased ones, corrections of anything and from anywhere. */
  const entry = fc.record({ fact, occurred, erased: fc.boolean(), which: fc.nat(30), correction: fc.option(of('EntryAmended', 'EntryVoided', 'given', 'taken'), { freq: 3 }) });
  const histories = fc.array(entry, { maxLength: 30, size: '+1' }).map((entries) =>
    entries.map(({ fact, occurred, erased, which, correction }, index): Entry => {
      const id = entryOf(fact, which).id;
      const carried = { ...fact, version: 1, occurred, actor: { id: 'w1', role: 'worker' } };
      const kinds: Record<string, Fact> = {
        EntryAmended: { type: 'EntryAmended', data: { entry: id, ...fact, version: 1, occurred } },
        EntryVoided: { type: 'EntryVoided', data: { entry: id, why: 'duplicate' } },
        given: { type: 'EntryReattributed', data: { entry: id, from: here, to: there } },
        taken: { type: 'EntryReattributed', data: { entry: id, from: there, to: here, carried } },
      };
      const lost = erased && which % 2 === 0;
      const written = (correction && kinds[correction]) ?? fact;
      return entryOf(lost ? { ...written, data: {} } : written, index + 1, { stream: `${decider.events.stream}-${here}`, occurred: lost ? { precision: 'unknown', zone } : occurred, ...(lost && { erased: true }) });
    }),
  );

  it('reads any history, erased and corrected anyhow, cut at any two moments, and answers any command on it', () => {
    fc.assert(
      fc.property(histories, fc.nat(31), fc.nat(31), commands, told, occurred, (raw, known, until, command, told, now) => {
        const cut = asOf(effective(knownAt(raw, new Date(Date.UTC(2026, 0, known, 12)).toISOString())), Date.UTC(2026, 2, until));
        const state = fold(decider, cut);
        decider.holds?.(state);
        for (const { type } of unlessRefused(() => decider.decide({ ...command, occurred: told, when: told ?? now } as never, state))) expect(types).toContain(type);
      }),
      { numRuns: 300 },
    );
  });
});

function decide(decider: Anyone, step: Step, history: readonly Entry[]): Fact[] {
  if (step.do === 'tell') return decider.decide({ ...step.command, occurred: step.told, when: step.told ?? step.now } as never, stateOf(decider, history));
  const originals = history.filter(({ type }) => !isCorrection(type));
  const target = originals[step.which % Math.max(1, originals.length)];
  if (!target) return [];
  const amendment: CorrectionCommand = { type: 'AmendEntry', entry: target.id, data: amended(decider, target, step), ...(step.do === 'amend' && step.occurred && { occurred: step.occurred }) };
  return correct(step.do === 'void' ? { type: 'VoidEntry', entry: target.id, why: step.why } : amendment, decider, history);
}

/** Other data for an entry, what says which fact it is left alone. */
function amended({ events }: Anyone, { type, data }: Entry, step: Step): object {
  const fixed = events.definitions[type]?.fixed ?? [];
  return { ...(step.do === 'amend' && step.data[type]), ...Object.fromEntries(fixed.map((field) => [field, (data as Record<string, unknown>)[field]])) };
}

function stateOf(decider: Anyone, history: readonly Entry[]): unknown {
  return fold(decider, effective(history) as EntryOf<Fact>[]);
}

function unlessRefused(deciding: () => Fact[]): Fact[] {
  try {
    return deciding();
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}
