/** For the API's documentation. */
const finding = { code: 'late-entries', grade: 'minor', text: 'Nine entries of March came more than five working days late, each with a reason.' };

export const accessReview = { accounts: ['w1', 'monitor'], findings: [] };
export const trailReview = { from: '2026-03-01T00:00:00Z', to: '2026-03-31T23:59:59Z', filters: { site: 's1', late: true }, findings: [finding] };
export const breach = { what: 'Allocations of two participants were shown in a report to the assessors.', awareAt: '2026-03-12T10:30:00Z', reportedTo: ['sponsor', 'ethics-committee'] };

export const conduct = {
  items: [
    {
      id: '1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11', type: 'AuditTrailReviewed', data: { review: '7b1e6a52-0d0b-4a52-9c0e-2f6f4d1f8f44', ...trailReview },
      occurred: { at: '2026-04-02T11:00:00+01:00', precision: 'minute', zone: 'Europe/London' }, recordedAt: '2026-04-02T10:00:01.000000Z', by: { id: 'auditor', role: 'auditor' }, source: 'api',
    },
  ],
};
