import type { Service } from '../service.js';
import { uuid, voiceOf, type Receipt, type Voice } from './programme.js';

const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;

interface Shown {
  readonly entries: readonly { readonly id: string; readonly type: string; readonly stream: string }[];
}

/** What is said alike of entries that masked roles see too, by people who know the arm: queries, a deviation, a signature. */
export async function remarksAlike(service: Service, participants: readonly string[]): Promise<void> {
  const voice = await voiceOf(service, 'data-manager', { name: 'Mei Tanaka' });
  const clinician = await voiceOf(service, 'clinician');
  for (const [n, participant] of participants.entries()) {
    const { entries } = await voice.read<Shown>(at(participant, '/history'));
    const id = (wanted: string) => entries.find(({ type }) => type === wanted)?.id;
    const say = (by: Voice, path: string, body: object) => by.record('PUT', at(participant, path), { ...body, occurred: { at: '2025-01-30' } }, { 'x-request-id': `said-${path}` });
    await say(voice, `/queries/${uuid('qu', n * 10)}`, { topic: 'consent', to: 'researcher', entries: [id('ConsentGiven')], text: 'Which form was it?' });
    await say(voice, `/queries/${uuid('qu', n * 10 + 1)}`, { topic: 'data', to: 'clinician', about: 'acute' });
    await say(clinician, `/queries/${uuid('qu', n * 10 + 1)}/answer`, { text: 'I rang the ward.' });
    await say(voice, `/queries/${uuid('qu', n * 10 + 1)}/closure`, { resolution: 'confirmed' });
    await say(clinician, `/deviations/${uuid('de', n)}`, { kind: 'procedure', entry: id('AdmissionFound'), text: 'Found late.' });
    await say(voice, `/entries/${id('AdmissionFound') ?? ''}/attestation`, {});
    await say(voice, `/signatures/${uuid('si', n)}`, { signer: 'data-manager-s1', meaning: 'review', entries: [id('ConsentGiven'), id('Screened')] });
  }
}

/** The same on streams that only the one arm has. */
export async function remarksOnSupport(service: Service, participant: string, keep: (receipt: Promise<Receipt>) => Promise<void>): Promise<void> {
  const supervisor = await voiceOf(service, 'supervisor', { name: 'Helen Marsh' });
  const { entries } = await supervisor.read<Shown>(at(participant, '/history'));
  const [one, other] = entries.filter(({ type }) => type === 'SessionAttended').map(({ id }) => id);
  await keep(supervisor.record('PUT', at(participant, `/queries/${uuid('qs', 1)}`), { topic: 'possible-duplicate', to: 'worker', entries: [one, other] }));
  await keep(supervisor.record('PUT', at(participant, `/queries/${uuid('qs', 2)}`), { topic: 'planning', to: 'supervisor', about: 'workbook' }));
  await keep(supervisor.record('PUT', at(participant, `/duplicates/${one ?? ''}/dismissal`), { others: [other] }));
  await keep(supervisor.record('PUT', at(participant, `/entries/${one ?? ''}/attestation`)));
  await keep(supervisor.record('PUT', at(participant, `/deviations/${uuid('ds', 1)}`), { kind: 'procedure', entry: one }));
  await keep(supervisor.record('PUT', at(participant, `/signatures/${uuid('ss', 1)}`), { signer: 'supervisor-s1', meaning: 'approval', entries: [one, other] }));
}
