import { check } from '@cairn/kernel/catalogue.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { given } from '@cairn/kernel/testing.js';
import { conduct } from './conduct.js';
import { conductEvents, type ConductEvent } from './events.js';

const id = '7b1e6a52-0d0b-4a52-9c0e-2f6f4d1f8f44';
const finding = { code: 'late-entries', grade: 'minor' } as const;
const reviewed = { type: 'AuditTrailReviewed', data: { review: id, from: '2026-03-01T00:00:00Z', to: '2026-03-31T23:59:59Z', findings: [finding] } } satisfies ConductEvent;
const access = { type: 'AccessReviewed', data: { review: id, accounts: ['w1'], findings: [] } } satisfies ConductEvent;
const breach = { type: 'SeriousBreachReported', data: { breach: id, what: 'It was shown.', awareAt: '2026-03-12T10:30:00Z', reportedTo: ['sponsor'] } } satisfies ConductEvent;

it('each is recorded once under its id, another under the same is refused', () => {
  given(conduct).when({ type: 'ReviewAuditTrail', facts: reviewed.data }).emits(reviewed);
  given(conduct, reviewed).when({ type: 'ReviewAuditTrail', facts: reviewed.data }).emitsNothing();
  given(conduct, reviewed).when({ type: 'ReviewAuditTrail', facts: { ...reviewed.data, findings: [] } }).refuses('already-recorded');
  given(conduct).when({ type: 'ReviewAccess', facts: access.data }).emits(access);
  given(conduct, access).when({ type: 'ReviewAccess', facts: access.data }).emitsNothing();
  given(conduct, access).when({ type: 'ReviewAccess', facts: { ...access.data, accounts: ['w2'] } }).refuses('already-recorded');
  given(conduct).when({ type: 'ReportSeriousBreach', facts: breach.data }).emits(breach);
  given(conduct, breach).when({ type: 'ReportSeriousBreach', facts: breach.data }).emitsNothing();
  given(conduct, breach).when({ type: 'ReportSeriousBreach', facts: { ...breach.data, what: 'It was sent.' } }).refuses('already-recorded');
});

it('a review looks at a time that is one', () => {
  expect(() => given(conduct).when({ type: 'ReviewAuditTrail', facts: { ...reviewed.data, to: '2026-02-01T00:00:00Z' } }).emitsNothing()).toThrow(Invalid);
  for (const from of ['2026-02-30T00:00:00Z', '2026-03-01', 'yesterday', '2026-03-01T25:00:00Z']) expect(() => check(conductEvents, 'AuditTrailReviewed', { ...reviewed.data, from })).toThrow('must be an instant');
});
