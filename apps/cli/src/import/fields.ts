import { acuteSettings, outcomeSources } from '@cairn/record/programme/events.js';
import { consentScopes } from '@cairn/record/participants/events.js';
import { modes, offerMethods, places } from '@cairn/record/support/events.js';

/** What a cell of a column is read as. `key`: the service's own number for something; `code`: an id that Cairn knows. */
export type Kind = 'key' | 'code' | 'text' | 'moment' | 'time' | 'whole' | 'flag' | 'choice' | 'list';

export interface Field {
  /** As the template writes it. */
  readonly header: string;
  readonly kind: Kind;
  /** What must stand in every row. */
  readonly needed?: true;
  /** What may be said, and other words for it. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly help: string;
  readonly example: string;
}

export const tableNames = ['participants', 'sessions', 'sections', 'admissions'] as const;
export type TableName = (typeof tableNames)[number];

/** DOMAIN.md's NHS attendance codes, and what people write for them. "Cancelled" alone does not say by whom. */
const outcomes = {
  attended: ['5', 'on time', 'attended on time', 'present', 'seen'],
  'attended-late': ['6', 'late', 'attended late', 'arrived late but seen'],
  'too-late': ['7', 'arrived too late to be seen'],
  'no-warning': ['3', 'dna', 'did not attend', 'not attended', 'no show'],
  'no-access': ['no access visit', 'not in'],
  'cancelled-by-participant': ['2', 'cancelled by participant', 'cancelled by client', 'cancelled by patient'],
  'cancelled-by-provider': ['4', 'cancelled by provider', 'cancelled by service', 'cancelled by team', 'postponed by provider'],
  planned: ['0', 'offered', 'booked'],
} as const;

const asIs = (values: readonly string[]) => Object.fromEntries(values.map((value) => [value, []]));
const participant: Field = { header: 'Participant number', kind: 'key', needed: true, help: 'Your own number for the person. Never a name, an NHS number or a date of birth.', example: 'EXAMPLE-1' };
const because = {
  becauseCode: { header: 'Reason code', kind: 'code', help: 'Why this is told only now, as in paper-log-returned; "imported" when left out.', example: '' },
  becauseText: { header: 'Reason', kind: 'text', help: 'The same in words. Nothing that identifies anybody.', example: '' },
} as const satisfies Record<string, Field>;

/** Every table that can be imported: what a row may tell. The template, the headers understood, and IMPORT.md's tables are these. */
export const tables: Readonly<Record<TableName, Readonly<Record<string, Field>>>> = {
  participants: {
    participant,
    registered: { header: 'Registered on', kind: 'moment', needed: true, help: 'When the person came to the programme.', example: '12/01/2026' },
    consented: { header: 'Consent given on', kind: 'moment', help: 'Needs the three columns after it.', example: '12/01/2026' },
    scopes: { header: 'Consent to', kind: 'list', choices: asIs(consentScopes), help: `What they consented to, with semicolons between: ${consentScopes.join('; ')}.`, example: 'contact; record-access' },
    formVersion: { header: 'Consent form version', kind: 'text', help: 'The version on the form.', example: '2.1' },
    capacity: { header: 'Capacity', kind: 'flag', help: 'Whether they had capacity to decide this: yes or no.', example: 'yes' },
    enrolled: { header: 'Enrolled on', kind: 'moment', help: 'When they were enrolled.', example: '12/01/2026' },
    worker: { header: 'Worker', kind: 'code', help: 'Staff id of the peer support worker who took them on.', example: 'w1' },
    workerFrom: { header: 'Worker from', kind: 'moment', help: 'Needed with a worker.', example: '14/01/2026' },
    workbookIssued: { header: 'Workbook issued on', kind: 'moment', help: 'Needs the two columns after it.', example: '20/01/2026' },
    workbookVersion: { header: 'Workbook version', kind: 'text', help: 'The version of that copy.', example: '1' },
    workbookDelivery: { header: 'Workbook delivery', kind: 'choice', choices: { 'in-person': ['by hand', 'handed over'], post: ['by post', 'posted'] }, help: 'in-person or post.', example: 'in-person' },
    ...because,
  },
  sessions: {
    participant,
    session: { header: 'Session number', kind: 'key', help: 'Your own number for the session, unlike any other of the same participant; when left out, its planned or actual date and time is it.', example: '1' },
    offered: { header: 'Offered on', kind: 'moment', help: 'When the session was offered; unknown when left out.', example: '16/01/2026' },
    planned: { header: 'Planned date', kind: 'moment', help: 'The date, or date and time, it was planned for.', example: '20/01/2026' },
    plannedTime: { header: 'Planned time', kind: 'time', help: 'The time, where the planned date has none.', example: '14:00' },
    method: { header: 'Offer method', kind: 'choice', choices: asIs(offerMethods), help: `How the offer reached them: ${offerMethods.join(', ')}.`, example: 'telephone' },
    mode: { header: 'Mode', kind: 'choice', choices: { ...asIs(modes), 'in-person': ['face to face', 'f2f', 'home visit'], telephone: ['phone'], video: ['video call', 'teams'] }, help: `How they met or were to meet: ${modes.join(', ')}.`, example: 'in-person' },
    outcome: { header: 'Outcome', kind: 'choice', choices: outcomes, needed: true, help: `What came of it: ${Object.keys(outcomes).join(', ')}; or the NHS codes 5, 6, 7, 3, 3, 2, 4, 0.`, example: 'attended' },
    start: { header: 'Actual date', kind: 'moment', help: 'When it happened, where that is not the planned date.', example: '' },
    startTime: { header: 'Actual time', kind: 'time', help: 'The time, where the actual date has none.', example: '14:05' },
    minutes: { header: 'Minutes', kind: 'whole', help: 'How long it took; needed when it took place.', example: '55' },
    place: { header: 'Place', kind: 'choice', choices: asIs(places), help: `${places.join(', ')}.`, example: 'home' },
    worker: { header: 'Worker', kind: 'code', help: 'Staff id of who came; needed when it took place.', example: 'w1' },
    jointWorker: { header: 'Second worker', kind: 'code', help: 'Staff id of whoever came as well.', example: '' },
    interpreter: { header: 'Interpreter', kind: 'flag', help: 'yes or no.', example: '' },
    cancelled: { header: 'Cancelled on', kind: 'moment', help: 'When it was cancelled; unknown when left out.', example: '' },
    noticeHours: { header: 'Hours of notice', kind: 'whole', help: 'Whole hours from the cancellation to the planned start.', example: '' },
    ...because,
  },
  sections: {
    participant,
    section: { header: 'Section', kind: 'code', needed: true, help: 'The id of the workbook section in the programme.', example: 'recovery-means' },
    started: { header: 'Started on', kind: 'moment', help: 'When it was begun.', example: '20/01/2026' },
    completed: { header: 'Completed on', kind: 'moment', help: 'Needs the reporter.', example: '27/01/2026' },
    reporter: { header: 'Reported by', kind: 'choice', choices: { worker: ['peer support worker', 'staff'], participant: ['client', 'self'] }, help: 'worker or participant.', example: 'worker' },
    session: { header: 'Session number', kind: 'key', help: 'The session it was completed in, if it was in one.', example: '1' },
    version: { header: 'Workbook version', kind: 'text', help: 'The version issued last when left out.', example: '1' },
    ...because,
  },
  admissions: {
    participant,
    episode: { header: 'Episode number', kind: 'key', help: 'Your own number for the episode; when left out, its kind and first date is it.', example: '1' },
    kind: { header: 'Kind', kind: 'choice', needed: true, choices: { index: ['index care', 'index discharge'], admission: ['readmission', 'admitted'] }, help: 'index for the care the programme follows on from, admission for any later.', example: 'admission' },
    setting: { header: 'Setting', kind: 'choice', needed: true, choices: { ...asIs(acuteSettings), 'crisis-team': ['crht', 'crisis resolution team', 'home treatment'], ward: ['inpatient', 'hospital'] }, help: `${acuteSettings.join(', ')}.`, example: 'ward' },
    admitted: { header: 'Admitted on', kind: 'moment', help: 'Needed for an admission.', example: '21/06/2026' },
    source: { header: 'Source', kind: 'choice', choices: asIs(outcomeSources), help: `Where it was found: ${outcomeSources.join(', ')}. Needed for an admission.`, example: 'site-records' },
    foundOn: { header: 'Found on', kind: 'moment', help: 'The date of the search that found it. Needed for an admission.', example: '01/07/2026' },
    area: { header: 'Area', kind: 'code', help: 'Code of the area or trust.', example: '' },
    transferred: { header: 'Transferred on', kind: 'moment', help: 'Needs the setting after it.', example: '' },
    transferTo: { header: 'Transferred to', kind: 'choice', choices: asIs(acuteSettings), help: `The setting after it: ${acuteSettings.join(', ')}.`, example: '' },
    discharged: { header: 'Discharged on', kind: 'moment', help: 'Needed for the index care.', example: '03/07/2026' },
    ...because,
  },
};

/** Headers are told apart by their letters and digits alone. */
export function plain(header: string): string {
  return header.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}
