import type { CommandName, QuestionName } from '@cairn/access/policy.js';
import { json, send } from './http.js';
import { uuid } from './programme.js';

/** Every route that needs a token, and what it runs or answers. A route beside these is a fault: see roles.spec. */
export const routes: Readonly<Record<string, CommandName | QuestionName>> = {
  'GET /v1/programmes/{programme}': 'Programme',
  'PUT /v1/programmes/{programme}': 'RegisterProgramme',
  'PUT /v1/programmes/{programme}/protocols/{version}': 'PublishProtocolVersion',
  'PUT /v1/programmes/{programme}/workbooks/{version}': 'PublishWorkbookVersion',
  'PUT /v1/programmes/{programme}/sites/{site}': 'ActivateSite',
  'PUT /v1/programmes/{programme}/protocols/{version}/approval': 'ApproveAmendment',
  'PUT /v1/programmes/{programme}/datasets/{dataset}/lock': 'LockDataset',
  'PUT /v1/programmes/{programme}/datasets/{dataset}/unlocking': 'UnlockDataset',
  'PUT /v1/programmes/{programme}/unblinding': 'Unblind',
  'GET /v1/programmes/{programme}/conduct': 'Conduct',
  'PUT /v1/programmes/{programme}/access-reviews/{review}': 'ReviewAccess',
  'PUT /v1/programmes/{programme}/audit-trail-reviews/{review}': 'ReviewAuditTrail',
  'PUT /v1/programmes/{programme}/serious-breaches/{breach}': 'ReportSeriousBreach',
  'GET /v1/staff': 'Staff',
  'GET /v1/staff/{staff}': 'Staff',
  'PUT /v1/staff/{staff}/engagement': 'Engage',
  'PUT /v1/staff/{staff}/delegation': 'DelegateTasks',
  'PUT /v1/staff/{staff}/trainings/{training}': 'RecordTraining',
  'PUT /v1/staff/{staff}/leaving': 'RecordLeaving',
  'PUT /v1/supervisions/{meeting}': 'HoldSupervision',
  'GET /v1/accounts': 'Accounts',
  'GET /v1/accounts/{account}': 'Accounts',
  'GET /v1/accounts/{account}/access': 'Accounts',
  'PUT /v1/accounts/{account}/grants/{grant}': 'GrantAccess',
  'PUT /v1/accounts/{account}/revocation': 'RevokeAccess',
  'GET /v1/participants': 'Participants',
  'GET /v1/caseload': 'Caseload',
  'GET /v1/anonymous-log': 'AnonymousLog',
  'GET /v1/codebook': 'Codebook',
  'GET /v1/events': 'Live',
  'GET /v1/my-day': 'MyDay',
  'GET /v1/board': 'Board',
  'GET /v1/lead-table': 'LeadTable',
  'GET /v1/access-log': 'AccessLog',
  'GET /v1/participants/{participant}/sight': 'Sight',
  'GET /v1/audit-trail': 'AuditTrail',
  'GET /v1/audit-trail/people': 'AuditTrailPeople',
  'GET /v1/audit-trail/after-authority': 'AfterAuthority',
  'GET /v1/access-review': 'AccessReview',
  'GET /v1/documents': 'Documents',
  'GET /v1/documents/{document}': 'Documents',
  'PUT /v1/documents/{document}': 'SaveDocument',
  'GET /v1/participants/{participant}': 'Summary',
  'GET /v1/participants/{participant}/sessions': 'Sessions',
  'GET /v1/participants/{participant}/timeline': 'Timeline',
  'GET /v1/participants/{participant}/history': 'History',
  'GET /v1/participants/{participant}/replay': 'Replay',
  'GET /v1/participants/{participant}/replay/difference': 'Difference',
  'GET /v1/participants/{participant}/entries/{event}': 'Entry',
  'PUT /v1/participants/{participant}': 'RegisterParticipant',
  'PUT /v1/participants/{participant}/screening': 'Screen',
  'PUT /v1/participants/{participant}/exclusion': 'Exclude',
  'PUT /v1/participants/{participant}/consent': 'GiveConsent',
  'DELETE /v1/participants/{participant}/consent/{scope}': 'WithdrawConsent',
  'PUT /v1/participants/{participant}/enrolment': 'Enrol',
  'PUT /v1/participants/{participant}/information': 'GiveInformation',
  'PUT /v1/participants/{participant}/reconsent': 'Reconsent',
  'PUT /v1/participants/{participant}/capacity': 'RecordCapacity',
  'PUT /v1/participants/{participant}/contact-preferences': 'RecordContactPreferences',
  'PUT /v1/participants/{participant}/discontinuation': 'DiscontinueIntervention',
  'PUT /v1/participants/{participant}/loss-to-follow-up': 'RecordLossToFollowUp',
  'PUT /v1/participants/{participant}/death': 'RecordDeath',
  'PUT /v1/participants/{participant}/completion': 'Complete',
  'PUT /v1/participants/{participant}/allocation-disclosure': 'DiscloseAllocation',
  'PUT /v1/participants/{participant}/merges/{duplicate}': 'MergeParticipants',
  'DELETE /v1/participants/{participant}/merges/{duplicate}': 'UnmergeParticipants',
  'PUT /v1/participants/{participant}/worker': 'AssignWorker',
  'DELETE /v1/participants/{participant}/worker': 'UnassignWorker',
  'PUT /v1/participants/{participant}/sessions/{session}/offer': 'OfferSession',
  'PUT /v1/participants/{participant}/sessions/{session}/response': 'RespondToOffer',
  'PUT /v1/participants/{participant}/sessions/{session}/schedule': 'RescheduleSession',
  'PUT /v1/participants/{participant}/sessions/{session}/cancellation': 'CancelSession',
  'PUT /v1/participants/{participant}/sessions/{session}/attendance': 'RecordAttendance',
  'PUT /v1/participants/{participant}/sessions/{session}/non-attendance': 'RecordNonAttendance',
  'PUT /v1/participants/{participant}/courses/{course}/decline': 'DeclineCourse',
  'PUT /v1/participants/{participant}/courses/{course}/re-offer': 'ReofferCourse',
  'PUT /v1/participants/{participant}/courses/{course}/pause': 'PauseCourse',
  'PUT /v1/participants/{participant}/courses/{course}/reopening': 'ReopenCourse',
  'PUT /v1/participants/{participant}/courses/{course}/end': 'EndCourse',
  'PUT /v1/participants/{participant}/courses/{course}/missing-log': 'ReportNoLog',
  'PUT /v1/participants/{participant}/courses/{course}/log-reconciliation': 'ReconcileCourseLog',
  'PUT /v1/participants/{participant}/contact-attempts/{attempt}': 'RecordContactAttempt',
  'POST /v1/participants/{participant}/visits': 'RecordVisit',
  'PUT /v1/participants/{participant}/workbook': 'IssueWorkbook',
  'PUT /v1/participants/{participant}/workbook/reissue': 'ReissueWorkbook',
  'PUT /v1/participants/{participant}/workbook/return': 'ReturnDelivery',
  'PUT /v1/participants/{participant}/workbook/sections/{section}/reopening': 'ReopenSection',
  'PUT /v1/participants/{participant}/workbook/sections/{section}/start': 'StartSection',
  'PUT /v1/participants/{participant}/workbook/sections/{section}/completion': 'CompleteSection',
  'PUT /v1/participants/{participant}/episodes/{episode}/index-discharge': 'RecordIndexDischarge',
  'PUT /v1/participants/{participant}/episodes/{episode}/admission': 'RecordAdmission',
  'PUT /v1/participants/{participant}/episodes/{episode}/non-acceptance': 'RecordNonAcceptance',
  'PUT /v1/participants/{participant}/episodes/{episode}/adjudication': 'AdjudicateOutcome',
  'PUT /v1/participants/{participant}/episodes/{episode}/transfer': 'RecordTransfer',
  'PUT /v1/participants/{participant}/episodes/{episode}/discharge': 'RecordDischarge',
  'PUT /v1/participants/{participant}/outcome-window': 'AscertainOutcomeWindow',
  'GET /v1/queries': 'OpenQueries',
  'GET /v1/participants/{participant}/queries': 'Queries',
  'GET /v1/participants/{participant}/entries/{event}/signatures': 'Signatures',
  'PUT /v1/participants/{participant}/entries/{event}/attestation': 'AttestEntry',
  'PUT /v1/participants/{participant}/duplicates/{event}/dismissal': 'DismissDuplicate',
  'PUT /v1/participants/{participant}/queries/{query}': 'RaiseQuery',
  'PUT /v1/participants/{participant}/queries/{query}/answer': 'AnswerQuery',
  'PUT /v1/participants/{participant}/queries/{query}/closure': 'CloseQuery',
  'PUT /v1/participants/{participant}/deviations/{deviation}': 'RecordDeviation',
  'PUT /v1/participants/{participant}/signatures/{signature}': 'Sign',
  'POST /v1/participants/{participant}/entries/{event}/amend': 'CorrectEntry',
  'POST /v1/participants/{participant}/entries/{event}/void': 'CorrectEntry',
  'POST /v1/participants/{participant}/entries/{event}/reattribute': 'CorrectEntry',
};

/** Something for every placeholder. The staff and the account are nobody's who speaks in a spec: what is recorded of them shuts nobody out. */
export const values = { programme: 'core', version: '1', site: 's1', participant: uuid('p', 1), duplicate: uuid('p', 2), session: uuid('se', 1), episode: uuid('ep', 1), dataset: 'primary', course: '1', attempt: uuid('at', 1), event: uuid('ev', 1), document: uuid('do', 1), scope: 'contact', section: 'recovery-means', query: uuid('qu', 1), deviation: uuid('de', 1), signature: uuid('si', 1),
  staff: 'w77', training: 'safeguarding', meeting: uuid('me', 1), account: 'somebody', grant: uuid('gr', 1), review: uuid('rv', 1), breach: uuid('br', 1),
};

export interface DocumentedRoute {
  /** `PUT /v1/participants/{participant}/worker`. */
  readonly name: string;
  readonly method: string;
  readonly template: string;
  /** The example of its documentation, which is a valid body. */
  readonly body: unknown;
  /** What its documentation shows as an answer, in each form it can have. */
  readonly answers: readonly unknown[];
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly examples?: { readonly example?: { readonly value: unknown } } }>> };
}

/** The routes a service documents at /openapi.json. */
export async function documented(url: string): Promise<DocumentedRoute[]> {
  const { paths } = json(await send(url, { method: 'GET', path: '/openapi.json' })) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([template, item]) =>
    Object.entries(item).flatMap(([verb, operation]) => {
      const method = verb.toUpperCase();
      if (!['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].includes(method)) return [];
      return [{ name: `${method} ${template}`, method, template, body: operation.requestBody?.content['application/json']?.examples?.example?.value, answers: Object.values(operation.responses['200']?.content ?? {}).map(({ example }) => example) }];
    }),
  );
}

const queries: Readonly<Record<string, string>> = {
  '/v1/accounts/{account}/access': '?at=2026-03-02T12:00:00Z',
  '/v1/anonymous-log': '?programme=core',
  '/v1/events': '?seconds=1', '/v1/lead-table': '?programme=core',
  '/v1/participants/{participant}/sight': '?user=w1&at=2026-01-01T00:00:00Z',
  '/v1/participants/{participant}/replay/difference': '?from=2026-01-01&to=2026-02-01',
};

/** A route's path with its placeholders filled, and the query it cannot do without. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`No value for {${name}} of ${template}.`);
    return value;
  });
  return path + (queries[template] ?? '');
}
