import { participant, people, token, type Column, type View } from './declared.js';
import { figures } from './figures.js';

const programme: Column = { name: 'programme', type: 'text', sql: 's.programme', sources: ['participant.ParticipantRegistered.programme'], about: 'The programme.' };
const site: Column = { name: 'site', type: 'text', sql: 's.site', sources: ['participant.ParticipantRegistered.site'], about: 'The site the participant belongs to.' };
const dated = 'the day is not known, as nothing was recorded or only a month';
const erased = 'the participant was erased, or nothing was recorded';

function consent(scope: string): Column {
  return {
    name: `consent_${scope.replace('-', '_')}`,
    type: 'text',
    sql: `case when p.consent ? '${scope}' then 'given' when p.withdrawn ? '${scope}' then 'withdrawn' end`,
    sources: ['participant.ConsentGiven.scopes', 'participant.ConsentScopeWithdrawn.scope'],
    about: `How consent to ${scope.replace('-', ' ')} stands: what was said last.`,
    missing: 'nothing was ever said of it, or the participant was erased',
    codes: { given: 'given and not withdrawn', withdrawn: 'given once, then withdrawn' },
  };
}

const stages = {
  registered: 'registered', screened: 'screened for eligibility', consented: 'consent given', excluded: 'excluded', enrolled: 'enrolled', lost: 'lost to follow-up', completed: 'completed', died: 'died',
  erased: 'erased: nothing of it can be read any more',
};

/** Over all courses of a participant: reconciled where all are. */
const courseLog = `case when c.erased > 0 then 'erased'
  when c.courses @> '[{"log": "not-returned"}]' then 'not-returned'
  when not c.courses @> '[{"log": "unknown"}]' then 'reconciled'
  when c.participant is not null then 'unknown' end`;

function since(name: string, column: string, type: string, about: string): Column {
  return { name, type: 'date', sql: `(p.${column} ->> 'on')::date`, sources: [`participant.${type}@occurred`], about, missing: `${dated}, or it did not happen` };
}

const participants: View = {
  name: 'participants',
  about: 'One row for each registered participant. Sessions and sections are what is evidenced, a lower bound: only where the log of the course is reconciled are they all there were.',
  key: ['participant'],
  columns: [
    participant,
    programme,
    site,
    { name: 'protocol_version', type: 'text', sql: 'p.protocol_version', sources: ['participant.Enrolled.protocolVersion'], about: 'Protocol version at enrolment.', missing: 'not enrolled, or erased' },
    { name: 'stage', type: 'text', sql: "case when s.erased > 0 then 'erased' else coalesce(p.stage, 'registered') end", sources: ['participant.ParticipantRegistered@type', 'participant.Enrolled@type'], about: 'How far the participant came.', codes: stages },
    { name: 'registrations', type: 'integer', sql: "1 + coalesce(jsonb_array_length(p.merged), 0)", sources: ['participant.ParticipantsMerged.merged'], about: 'Registrations that are this one person: more than one where somebody was registered twice. All that was recorded of either is in this row.', unit: 'registrations' },
    { name: 'eligibility', type: 'text', sql: 'p.eligibility', sources: ['participant.Screened.result'], about: 'Whether all inclusion and no exclusion criteria were met.', missing: 'not screened, or erased' },
    { name: 'registered_on', type: 'date', sql: 'p.registered_on', sources: ['participant.ParticipantRegistered@occurred'], about: 'Local date of registration.', missing: dated },
    { name: 'enrolled', type: 'boolean', sql: 's.enrolled', sources: ['participant.Enrolled@type'], about: 'Whether enrolled; known even of those who were erased.' },
    { name: 'enrolled_on', type: 'date', sql: 'p.enrolled_on', sources: ['participant.Enrolled@occurred'], about: 'Local date of enrolment.', missing: dated },
    since('discontinued_on', 'discontinued', 'InterventionDiscontinued', 'Local date the intervention was discontinued; the participation goes on.'),
    since('lost_on', 'lost', 'LostToFollowUp', 'Local date of the loss to follow-up.'),
    since('completed_on', 'completed', 'Completed', 'Local date of the completion.'),
    { name: 'died_on', type: 'date', sql: 'p.died_on', sources: ['participant.Died@occurred'], about: 'Date of death.', missing: `${dated}, or nobody recorded a death: see stage` },
    ...['contact', 'interviews', 'record-access', 'data-reuse', 'results'].map(consent),
    { name: 'supported', type: 'boolean', sql: 'c.participant is not null', sources: ['support.WorkerAssigned@type', 'support.SessionOffered@type'], about: 'Whether there is a course of peer support. It tells the arm.' },
{ name: 'courses', type: 'integer', sql: 'jsonb_array_length(c.courses)', sources: ['support.CourseReoffered.course'], about: 'Courses of support, one after another.', missing: 'no course of support', unit: 'courses' },
    { name: 'course_log', type: 'text', sql: courseLog, sources: ['support.CourseLogReconciled@type', 'support.NoLogReturned@type'], about: 'Whether all sessions of all courses are known.', missing: 'no course of support', codes: { reconciled: 'held against the paper log: all are known', 'not-returned': 'a paper log did not come back: more may have taken place', unknown: 'not reconciled: more may have taken place', erased: 'erased' } },
    { name: 'sessions_by_log', type: 'integer', sql: `case when (${courseLog}) = 'reconciled' then (select sum((x ->> 'attendedByLog')::integer) from jsonb_array_elements(c.courses) x)::integer end`, sources: ['support.CourseLogReconciled.attended'], about: 'Sessions attended as the paper logs count them.', missing: 'a course is not reconciled: unknown', unit: 'sessions' },
    { name: 'sessions_planned', type: 'integer', sql: 's.planned', sources: ['programme.ProtocolVersionPublished.plannedSessions'], about: 'Sessions planned by the protocol version at enrolment.', missing: 'not enrolled', unit: 'sessions' },
    { name: 'sessions_offered', type: 'integer', sql: 'case when c.erased = 0 then c.offered end', sources: ['support.SessionOffered.session'], about: 'Distinct sessions offered.', missing: erased, unit: 'sessions' },
    { name: 'sessions_attended', type: 'integer', sql: 'case when c.erased = 0 then c.attended end', sources: ['support.SessionAttended.session'], about: 'Distinct sessions attended (codes 5 and 6), unplanned ones included: at least so many.', missing: erased, unit: 'sessions' },
    { name: 'course_ended', type: 'text', sql: 'c.ended', sources: ['support.CourseEnded.reason'], about: 'Why the course ended.', missing: 'no course, not ended, or erased' },
    { name: 'workbook_version', type: 'text', sql: 'w.current', sources: ['workbook.WorkbookIssued.version'], about: 'Version of the workbook issued last.', missing: erased },
    { name: 'workbook_delivery', type: 'text', sql: "w.issued -> w.current ->> 'delivery'", sources: ['workbook.WorkbookIssued.delivery'], about: 'How the copy sent last was given.', missing: erased },
    { name: 'workbook_returned_on', type: 'date', sql: "(w.issued -> w.current ->> 'returnedOn')::date", sources: ['workbook.DeliveryReturned@occurred'], about: 'Local date that copy came back undelivered.', missing: 'it did not come back, as far as anybody knows' },
    { name: 'sections_completed', type: 'integer', sql: 'case when w.erased = 0 then w.completed end', sources: ['workbook.SectionCompleted.section'], about: 'Distinct workbook sections completed: at least so many.', missing: erased, unit: 'sections' },
    { name: 'accidental_disclosure_to', type: 'text', sql: "(select d ->> 'to' from jsonb_array_elements(p.disclosures) d where d ->> 'kind' = 'accidental' order by d ->> 'on' nulls last limit 1)", sources: ['participant.AllocationDisclosed.to'], about: 'To whom the arm was disclosed by accident, the first time.', missing: 'no accidental disclosure is recorded' },
    { name: 'erased', type: 'boolean', sql: 's.erased > 0', sources: ['participant.ParticipantRegistered@type'], about: 'Whether the participant was erased: everything else of theirs is unknown, never zero.' },
  ],
  from: `${people}
    left join {read}.participants p on p.participant = s.participant
    left join {read}.courses c on c.participant = s.participant
    left join {read}.workbooks w on w.participant = s.participant`,
};

const attendance = {
  '5': 'attended on time', '6': 'arrived late but seen', '7': 'arrived too late to be seen', '3': 'did not attend, no warning', '2': 'cancelled by the participant',
  '4': 'cancelled or postponed by the provider', '0': 'no outcome recorded',
};

/** Open ones only: what a person found to be two facts is none. */
const repeated = `x.outcome = 'attended' and x.occurred_on is not null and exists (
    select from {read}.sessions y where y.participant = x.participant and y.session <> x.session and y.outcome = 'attended' and y.occurred_on = x.occurred_on and y.worker is not distinct from x.worker
      and not exists (select from {read}.reviewed v cross join lateral jsonb_array_elements(v.dismissed) d where v.participant = x.participant and d ? x.entry::text and d ? y.entry::text))`;

const sessions: View = {
  name: 'sessions',
  about: 'One row for each session offered or held. How many there were in all is known only where participants.course_log is reconciled; a session without an outcome is unknown, not missed.',
  key: ['participant', 'session'],
  columns: [
    participant,
    { name: 'session', type: 'token', sql: token('s', 'x.session::text'), sources: [], class: 'linked', about: 'The session, by a token of this release.' },
    programme,
    site,
    { name: 'course', type: 'integer', sql: "case when c.participant is not null then coalesce((c.sessions -> x.session::text ->> 'course')::integer, 1) end", sources: ['support.CourseReoffered.course'], about: 'The course it belongs to, by its day.' },
    { name: 'ordinal', type: 'integer', sql: 'x.ordinal', sources: ['support.SessionOffered.ordinal'], about: 'Its number as offered.', missing: 'held without an offer' },
    { name: 'offered', type: 'boolean', sql: 'x.offered', sources: ['support.SessionOffered@type'], about: 'Whether it was offered before it was held.' },
    { name: 'response', type: 'text', sql: 'x.response', sources: ['support.OfferAccepted@type', 'support.OfferDeclined@type'], about: 'The answer to the offer.', missing: 'no answer recorded', codes: { accepted: 'accepted', declined: 'declined' } },
    { name: 'planned_on', type: 'date', sql: 'substr(x.planned_start, 1, 10)::date', sources: ['support.SessionOffered.plannedStart', 'support.SessionRescheduled.plannedStart'], about: 'Local date it is planned for, after any rescheduling.', missing: 'held without an offer' },
    { name: 'outcome', type: 'text', sql: 'x.outcome', sources: ['support.SessionAttended@type', 'support.SessionNotAttended@type', 'support.SessionCancelled@type'], about: 'What became of it.', codes: { open: 'nothing recorded yet: unknown', attended: 'attended', 'not-attended': 'not attended', cancelled: 'cancelled' } },
    { name: 'code', type: 'text', sql: 'x.code', sources: ['support.SessionAttended.punctuality', 'support.SessionNotAttended.kind', 'support.SessionCancelled.by'], about: 'NHS Data Dictionary attendance code.', codes: attendance },
    { name: 'occurred_on', type: 'date', sql: 'x.occurred_on', sources: ['support.SessionAttended@occurred'], about: 'Local date of the outcome.', missing: dated },
    { name: 'day', type: 'integer', sql: "x.occurred_on - (o.facts ->> 't0')::date", sources: ['support.SessionAttended@occurred', 'participant.Enrolled@occurred'], about: 'The same as days from T0, day 0.', missing: 'one of the two dates is not known', unit: 'days' },
    { name: 'minutes', type: 'integer', sql: 'x.minutes', sources: ['support.SessionAttended.minutes'], about: 'How long it was.', missing: 'not attended', unit: 'minutes' },
    { name: 'mode', type: 'text', sql: 'x.mode', sources: ['support.SessionAttended.mode'], about: 'How it was held; while not attended, how it was offered.', missing: 'neither offered nor attended' },
    { name: 'late_entry', type: 'boolean', sql: 'x.late', sources: ['support.SessionAttended@recordedAt'], about: 'Entered later than the protocol allows.' },
    { name: 'possible_duplicate', type: 'boolean', sql: repeated, sources: ['support.SessionAttended@occurred', 'support.DuplicateDismissed.entries'], about: 'Another attended session of the same participant, day and visitor is recorded under another id. Both count until a person decides; not, once a person found them to be two.' },
  ],
  from: `${people}
    join {read}.sessions x on x.participant = s.participant and s.erased = 0
    left join {read}.courses c on c.participant = s.participant
    left join {read}.outcomes o on o.participant = s.participant`,
};

const sections: View = {
  name: 'sections',
  about: 'One row for each workbook section a participant started or completed. A section without a row is not known to have been started.',
  key: ['participant', 'version', 'section'],
  columns: [
    participant,
    { name: 'version', type: 'text', sql: "x.value ->> 'version'", sources: ['workbook.SectionCompleted.version'], about: 'Version of the workbook it belongs to.' },
    { name: 'section', type: 'text', sql: "x.value ->> 'section'", sources: ['workbook.SectionCompleted.section'], about: 'The section, by its id in that version.' },
    programme,
    site,
    { name: 'started_on', type: 'date', sql: "(x.value ->> 'startedOn')::date", sources: ['workbook.SectionStarted@occurred'], about: 'Local date it was started.', missing: dated },
    { name: 'completed', type: 'boolean', sql: "coalesce((x.value ->> 'completed')::boolean, false)", sources: ['workbook.SectionCompleted@type'], about: 'Whether its completion is recorded; false is not known to be, not known not to be.' },
    { name: 'completed_on', type: 'date', sql: "(x.value ->> 'completedOn')::date", sources: ['workbook.SectionCompleted@occurred'], about: 'Local date it was completed.', missing: dated },
    { name: 'reopened_on', type: 'date', sql: "(x.value ->> 'reopenedOn')::date", sources: ['workbook.SectionReopened@occurred'], about: 'Local date it was last reopened, after it had been completed.', missing: `never reopened, or ${dated}` },
    { name: 'other_version', type: 'boolean', sql: "coalesce((x.value ->> 'otherVersion')::boolean, false)", sources: ['workbook.SectionCompleted.version', 'workbook.WorkbookIssued.version'], about: 'Not of the version issued last when it was recorded.' },
  ],
  from: `${people}
    join {read}.workbooks w on w.participant = s.participant and s.erased = 0
    cross join lateral jsonb_each(w.sections) x`,
};

const episodes: View = {
  name: 'episodes',
  about: 'One row for each stretch of acute care found in records with consent to search them. That there is none is known only where outcomes.readmission is no. What was found without consent to search records is kept from use, and not here.',
  key: ['participant', 'episode'],
  columns: [
    participant,
    { name: 'episode', type: 'token', sql: token('e', 'x.key'), sources: [], class: 'linked', about: 'The episode, by a token of this release.' },
    programme,
    site,
    { name: 'setting', type: 'text', sql: "x.value ->> 'setting'", sources: ['acute.AdmissionFound.setting'], about: 'Where the care began; unknown where only its end was found.' },
    { name: 'start_on', type: 'date', sql: "(x.value ->> 'start')::date", sources: ['acute.AdmissionFound@occurred'], about: 'The last day it may have begun on: an imprecise date counts at the end of its interval.', missing: dated },
    { name: 'earliest_start_on', type: 'date', sql: "coalesce(x.value ->> 'earliest', x.value ->> 'start')::date", sources: ['acute.AdmissionFound@occurred'], about: 'The first day it may have begun on.', missing: dated },
    { name: 'start_day', type: 'integer', sql: "(x.value ->> 'start')::date - (o.facts ->> 't0')::date", sources: ['acute.AdmissionFound@occurred', 'participant.Enrolled@occurred'], about: 'start_on as days from T0, day 0.', missing: 'one of the two dates is not known', unit: 'days' },
    { name: 'end_on', type: 'date', sql: "(x.value ->> 'end')::date", sources: ['acute.DischargeFound@occurred'], about: 'Local date of its end.', missing: 'it goes on, or nobody knows since when it is over: see ended' },
    { name: 'ended', type: 'boolean', sql: "coalesce((x.value ->> 'ended')::boolean, false)", sources: ['acute.DischargeFound@type'], about: 'Whether it is known to be over.' },
    { name: 'adjudicated', type: 'text', sql: "x.value ->> 'adjudicated'", sources: ['acute.OutcomeAdjudicated.decision'], about: 'What was decided of a start on day 0.', missing: 'nothing was decided' },
    { name: 'transfers', type: 'integer', sql: "coalesce(jsonb_array_length(x.value -> 'transfers'), 0)", sources: ['acute.TransferFound.to'], about: 'Transfers within it.', unit: 'transfers' },
  ],
  from: `${people}
    join {read}.outcomes o on o.participant = s.participant and s.erased = 0
    join lateral jsonb_each(o.facts -> 'byEpisode') x on not coalesce((x.value ->> 'quarantined')::boolean, false)`,
};

const reasons = {
  readmitted: 'a new spell in the window', 'searched-clear': 'every required source searched clear through the last day', 'not-enrolled': 'not enrolled', 'anchor-date-unknown': 'T0 is not known',
  'no-record-access': 'records may not be searched', 'day-0-to-adjudicate': 'readmitted on day 0', 'admission-date-unknown': 'a readmission of unknown date', 'dates-uncertain': 'dates so imprecise that they allow both',
  'not-searched': 'nothing was searched', 'searched-clear-to-death': 'every required source searched clear to the death', 'search-incomplete': 'not every required source was searched through the last day', 'found-but-not-recorded': 'a search found something that is not recorded', erased: 'erased',
};

const outcomes: View = {
  name: 'outcomes',
  about: 'One row for each participant: the primary outcome. The population is those enrolled; unknown stays unknown and counts in the denominator, not among the no.',
  key: ['participant'],
  columns: [
    participant,
    programme,
    site,
    { name: 'enrolled', type: 'boolean', sql: 's.enrolled', sources: ['participant.Enrolled@type'], about: 'Whether in the population.' },
    { name: 't0', type: 'date', sql: "(o.facts ->> 't0')::date", sources: ['participant.Enrolled@occurred'], about: 'T0, day 0: the anchor of the protocol version.', missing: 'not enrolled, not known, or erased' },
    { name: 'index_discharge_on', type: 'date', sql: "(o.facts ->> 'indexDischarge')::date", sources: ['acute.IndexDischargeRecorded@occurred'], about: 'Local date of the discharge the programme follows on from.', missing: dated },
    { name: 'readmission', type: 'text', sql: "case when s.erased > 0 then 'unknown' else coalesce(o.readmission, 'unknown') end", sources: ['acute.AdmissionFound@occurred', 'acute.OutcomeWindowAscertained.noneFound'], about: 'Readmission to acute care within the window.', codes: { yes: 'readmitted within the window', no: 'every required source searched clear through the last day', unknown: 'neither is proven' } },
    { name: 'readmission_day', type: 'integer', sql: 'o.day', sources: ['acute.AdmissionFound@occurred'], about: 'Day of the readmission from T0.', missing: 'not readmitted, or not known', unit: 'days' },
    { name: 'reason', type: 'text', sql: "case when s.erased > 0 then 'erased' else coalesce(o.reason, 'not-enrolled') end", sources: ['acute.AdmissionFound@occurred', 'acute.OutcomeWindowAscertained.searchedTo'], about: 'Why the outcome is what it is.', codes: reasons },
    { name: 'time_days', type: 'integer', sql: 'o.time_days', sources: ['acute.AdmissionFound@occurred', 'acute.OutcomeWindowAscertained.searchedTo'], about: 'Days under observation: to the readmission, else to the end of what was searched clear, at most the window.', missing: 'T0 or the day is not known', unit: 'days' },
    { name: 'died_day', type: 'integer', sql: 'o.died_day', sources: ['participant.Died@occurred'], about: 'Day of a death within the window from T0: a competing event.', missing: 'no death in the window is known', unit: 'days' },
    { name: 'window_days', type: 'integer', sql: "(o.rules ->> 'windowDays')::integer", sources: ['programme.ProtocolVersionPublished.outcomeWindowDays'], about: 'Last day of the window.', missing: 'not enrolled, or erased', unit: 'days' },
    { name: 'quarantined', type: 'integer', sql: 'jsonb_array_length(o.quarantined)', sources: ['acute.AdmissionFound.foundOn', 'participant.ConsentGiven.scopes', 'participant.ConsentScopeWithdrawn.scope'], about: 'Findings that nobody consented to search for: kept, and used for nothing.', missing: erased, unit: 'findings' },
    { name: 'spells', type: 'integer', sql: "jsonb_array_length(o.spells)", sources: ['acute.AdmissionFound.episode'], about: 'Spells of acute care known, the index spell included.', missing: erased, unit: 'spells' },
  ],
  from: `${people}
    left join {read}.outcomes o on o.participant = s.participant`,
};

/** Rows, shown of programmes whose rows are open; and figures, shown of all. */
export const views: readonly View[] = [participants, sessions, sections, episodes, outcomes, figures];
