const entry = '1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11';
const other = '2c2f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f12';
const told = { occurred: { at: '2026-02-03' } };
const participant = '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10';

export const attestation = { ...told, because: { code: 'visit-confirmed' } };
export const dismissal = { others: [other], because: { code: 'two-visits', text: 'One in the morning, one in the evening.' } };
export const query = { topic: 'data', to: 'data-manager', entries: [entry], text: 'The worker’s diary says forty minutes.' };
export const answer = { text: 'The diary is right.' };
export const closure = { resolution: 'corrected' };
export const deviation = { kind: 'procedure', entry, text: 'The workbook was handed over before consent was signed.', ...told };
export const signature = { signer: 'prof.d.osei', meaning: 'approval', entries: [entry] };

const raised = {
  query: '0e1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f13', participant, stream: 'support', topic: 'possible-duplicate', to: 'supervisor', entries: [entry, other], open: true,
  raised: { at: '2026-02-04', recordedAt: '2026-02-04T09:12:44.120931Z', by: { role: 'data-manager', id: 'dm1' } },
};
export const queries = { items: [raised] };
export const openQueries = { items: [{ ...raised, studyNumber: 'HX-0001-S', site: 's1' }], next: 'WyIyMDI2LTAyLTA0IiwiMGUxZiJd' };
export const signatures = {
  entry,
  signatures: [{ signature: '3d1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f14', meaning: 'approval', stands: true, matches: true, entries: [entry], signedAt: '2026-02-05T10:00:00.000000Z', signer: { role: 'investigator', id: 'prof.d.osei' }, name: 'Prof. David Osei', digest: '9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f' }],
};
