/** What a line of a record file may tell, and where on the service it goes. FORMAT.md lists the same. */
export interface CommandShape {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  /** The route, with the line's names in braces. */
  readonly path: string;
  /** Names that go into the body instead of the path; those with a question mark may be left out. */
  readonly inBody?: readonly string[];
  /** Programme lines are not dated: they tell what holds, not what happened. */
  readonly dated: boolean;
  /** The name this line gives meaning to for the lines after it, or one that an earlier line must have. */
  readonly introduces?: Named;
  readonly restsOn?: Named;
}

export type Named = 'participant' | 'session' | 'episode';

const programme = (path: string): CommandShape => ({ method: 'PUT', path: `/v1/programmes/{programme}${path}`, dated: false });
const about = (path: string, more: Partial<CommandShape> = {}): CommandShape => ({ method: 'PUT', path: `/v1/participants/{participant}${path}`, dated: true, ...more });
const session = (path: string, link: 'introduces' | 'restsOn') => about(`/sessions/{session}/${path}`, { [link]: 'session' });
const episode = (path: string, link: 'introduces' | 'restsOn') => about(`/episodes/{episode}/${path}`, { [link]: 'episode' });

export const commands: Readonly<Record<string, CommandShape>> = {
  programme: programme(''),
  protocol: programme('/protocols/{version}'),
  'workbook-version': programme('/workbooks/{version}'),
  site: programme('/sites/{site}'),
  approval: programme('/protocols/{version}/approval'),
  'dataset-lock': programme('/datasets/{dataset}/lock'),
  'dataset-unlocking': programme('/datasets/{dataset}/unlocking'),
  unblinding: programme('/unblinding'),
  register: about('', { inBody: ['programme', 'site'], introduces: 'participant' }),
  screening: about('/screening'),
  exclusion: about('/exclusion'),
  consent: about('/consent'),
  'consent-withdrawal': about('/consent/{scope}', { method: 'DELETE' }),
  enrolment: about('/enrolment'),
  information: about('/information'),
  reconsent: about('/reconsent'),
  capacity: about('/capacity'),
  'contact-preferences': about('/contact-preferences'),
  discontinuation: about('/discontinuation'),
  'loss-to-follow-up': about('/loss-to-follow-up'),
  death: about('/death'),
  completion: about('/completion'),
  'allocation-disclosure': about('/allocation-disclosure'),
  merge: about('/merges/{duplicate}'),
  'merge-end': about('/merges/{duplicate}', { method: 'DELETE' }),
  worker: about('/worker'),
  'worker-end': about('/worker', { method: 'DELETE' }),
  offer: session('offer', 'introduces'),
  response: session('response', 'restsOn'),
  schedule: session('schedule', 'restsOn'),
  cancellation: session('cancellation', 'restsOn'),
  attendance: session('attendance', 'introduces'),
  'non-attendance': session('non-attendance', 'introduces'),
  visit: about('/visits', { method: 'POST', inBody: ['session'], introduces: 'session' }),
  'course-decline': about('/courses/{course}/decline'),
  'course-re-offer': about('/courses/{course}/re-offer'),
  'course-pause': about('/courses/{course}/pause'),
  'course-reopening': about('/courses/{course}/reopening'),
  'course-end': about('/courses/{course}/end'),
  'missing-log': about('/courses/{course}/missing-log'),
  'log-reconciliation': about('/courses/{course}/log-reconciliation'),
  'contact-attempt': about('/contact-attempts/{attempt}'),
  workbook: about('/workbook'),
  'workbook-reissue': about('/workbook/reissue'),
  'workbook-return': about('/workbook/return'),
  'section-start': about('/workbook/sections/{section}/start'),
  'section-completion': about('/workbook/sections/{section}/completion', { inBody: ['session?'], restsOn: 'session' }),
  'section-reopening': about('/workbook/sections/{section}/reopening'),
  'index-discharge': episode('index-discharge', 'introduces'),
  admission: episode('admission', 'introduces'),
  'non-acceptance': episode('non-acceptance', 'introduces'),
  transfer: episode('transfer', 'restsOn'),
  discharge: episode('discharge', 'restsOn'),
  adjudication: episode('adjudication', 'restsOn'),
  'outcome-window': about('/outcome-window'),
  query: about('/queries/{query}'),
  'query-answer': about('/queries/{query}/answer'),
  'query-closure': about('/queries/{query}/closure'),
  deviation: about('/deviations/{deviation}'),
};

/** Lines about an earlier line. */
export const corrections = ['amend', 'void'] as const;
export type CorrectionName = (typeof corrections)[number];

export const voidReasons = ['entered-in-error', 'wrong-participant', 'duplicate'];

export function isCorrectionName(name: string): name is CorrectionName {
  return (corrections as readonly string[]).includes(name);
}

/** The names a line of this kind needs, and those it may have besides. */
export function namesOf({ path, inBody = [] }: CommandShape): { needed: string[]; possible: string[] } {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return { needed: [...inPath, ...inBody.filter((name) => !name.endsWith('?'))], possible: [...inPath, ...inBody.map((name) => name.replace('?', ''))] };
}
