/** For the API's documentation: a monitor's visit. */
const grant = '2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a33';
const occurred = { at: '2026-03-02T09:10:00+00:00', precision: 'minute', zone: 'UTC' };

export const access = { roles: ['monitor'], sites: ['s1', 's2'], until: '2026-03-31T18:00:00Z', purpose: 'monitoring-visit' };
export const revocation = { reason: 'role-ended' };

export const inForce = { account: 'w1', at: '2026-03-02T12:00:00Z', standing: 'granted', roles: ['worker'], sites: ['s1'], staff: 'w1', engagements: [{ programme: 'core', site: 's1', role: 'worker', from: '2026-01-05' }] };

const account = { account: 'monitor', standing: 'granted', grants: [{ account: 'monitor', grant, ...access }], flags: [] };
export const accounts = { items: [account], next: 'bW9uaXRvcg' };
export const one = {
  ...account,
  entries: [
    { id: '1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11', type: 'AccessGranted', data: { account: 'monitor', grant, ...access }, occurred, recordedAt: '2026-03-02T09:10:03.000000Z', by: { id: 'administrator', role: 'administrator' }, source: 'api' },
  ],
};
