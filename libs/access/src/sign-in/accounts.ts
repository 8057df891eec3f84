import type { Role } from '../roles.js';

/** Somebody made up, to try Cairn as. */
export interface Account {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly sites: readonly string[];
  readonly staff?: string;
  /** What they come to Cairn for, in a few words. */
  readonly does: string;
}

export const accounts: readonly Account[] = [
  { subject: 'w1', name: 'Amina Okafor', roles: ['worker'], sites: ['s1'], staff: 'w1', does: 'offers sessions and records visits' },
  { subject: 'w2', name: 'Gareth Pugh', roles: ['worker'], sites: ['s2'], staff: 'w2', does: 'offers sessions and records visits' },
  { subject: 'supervisor-s1', name: 'Helen Marsh', roles: ['supervisor'], sites: ['s1'], does: 'assigns workers, sees the site’s caseloads' },
  { subject: 'supervisor-s2', name: 'Winston Clarke', roles: ['supervisor'], sites: ['s2'], does: 'assigns workers, sees the site’s caseloads' },
  { subject: 'clinician-s1', name: 'Dr Priya Raman', roles: ['clinician'], sites: ['s1'], does: 'records discharges, admissions and transfers' },
  { subject: 'clinician-s2', name: 'Dr Owen Hartley', roles: ['clinician'], sites: ['s2'], does: 'records discharges, admissions and transfers' },
  { subject: 'researcher-s1', name: 'Leila Haddad', roles: ['researcher'], sites: ['s1'], does: 'takes consent and finds outcomes, masked to allocation' },
  { subject: 'researcher-s2', name: 'Callum Reid', roles: ['researcher'], sites: ['s2'], does: 'takes consent and finds outcomes, masked to allocation' },
  { subject: 'data-manager', name: 'Mei Tanaka', roles: ['data-manager'], sites: ['s1', 's2'], does: 'posts workbooks and resolves queries' },
  { subject: 'trial-manager', name: 'Joanna Kowalska', roles: ['trial-manager'], sites: ['s1', 's2'], does: 'follows the conduct of the programme' },
  { subject: 'investigator', name: 'Prof. David Osei', roles: ['investigator'], sites: ['s1', 's2'], does: 'publishes protocol and workbook versions' },
  { subject: 'monitor', name: 'Ruth Abrahams', roles: ['monitor'], sites: ['s1', 's2'], does: 'replays histories and reviews the trail' },
  { subject: 'auditor', name: 'Tomás Ferreira', roles: ['auditor'], sites: ['s1', 's2'], does: 'reviews the trail and reads the access log' },
  { subject: 'analyst', name: 'Sofia Lindqvist', roles: ['analyst'], sites: [], does: 'reads pooled figures until unblinding' },
  { subject: 'statistician', name: 'Nikhil Shah', roles: ['statistician'], sites: [], does: 'reads figures of all arms together and locks datasets' },
  { subject: 'privacy-officer', name: 'Margaret Doyle', roles: ['privacy-officer'], sites: [], does: 'answers for who read what and who has access' },
  { subject: 'administrator', name: 'Idris Bowen', roles: ['administrator'], sites: ['s1', 's2'], does: 'looks after sites and operation' },
];
