import { Temporal } from 'temporal-polyfill';
import { isRole, roles } from '@cairn/access/roles.js';
import type { Person } from '../people.js';
import { FORMAT, type Fault, type Reason } from './format.js';

/** What a file says once, for all its lines. */
export interface Header {
  readonly namespace: string;
  readonly zone?: string;
  readonly people: ReadonlyMap<string, Person>;
  readonly participants: readonly string[];
  readonly because?: Reason;
  readonly via: string;
}

type Loose = Readonly<Record<string, unknown>>;

const keys = ['format', 'namespace', 'zone', 'people', 'participants', 'because', 'via', 'lines', 'about'];
const vias = ['api', 'console', 'offline', 'import'];
export const nameShape = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,79}$/u;

export function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The header, and every fault in it; undefined when the lines cannot be made sense of without it. */
export function headerOf(file: Loose): { header?: Header; faults: Fault[] } {
  const faults: Fault[] = [];
  const fault = (message: string) => void faults.push({ message });
  if (file['format'] !== FORMAT) return { faults: [{ message: `"format" is ${JSON.stringify(file['format']) ?? 'missing'}; this program reads "${FORMAT}"` }] };
  for (const key of Object.keys(file)) if (!keys.includes(key)) fault(`"${key}" is not part of the format; a file has: ${keys.join(', ')}`);
  const { namespace, zone, because, via = 'import', participants = [] } = file;
  if (typeof namespace !== 'string' || namespace.trim().length < 8 || namespace.length > 200)
    fault('"namespace" must be a text of 8 to 200 characters that nobody else uses, such as "hexley-crisis-team-2026": the ids of all names are made from it');
  if (zone !== undefined && !isZone(zone)) fault(`"zone" is ${JSON.stringify(zone)}; it must be a time zone such as "Europe/London"`);
  if (!vias.includes(via as string)) fault(`"via" is ${JSON.stringify(via)}; it must be one of ${vias.join(', ')}`);
  const wrong = because === undefined ? undefined : reasonFault(because);
  if (wrong !== undefined) fault(`"because" ${wrong}`);
  const known = Array.isArray(participants) && participants.every((name) => typeof name === 'string' && nameShape.test(name)) ? (participants as string[]) : undefined;
  if (!known) fault('"participants" must be a list of names of participants that an earlier file registered');
  const people = peopleOf(file['people'], fault);
  if (!Array.isArray(file['lines']) || file['lines'].length === 0) fault('"lines" must be a list of at least one line');
  if (typeof namespace !== 'string' || !people) return { faults };
  const reason = wrong === undefined && because !== undefined ? { because: because as Reason } : {};
  return { header: { namespace, ...(isZone(zone) && { zone }), people, participants: known ?? [], ...reason, via: String(via) }, faults };
}

/** What is wrong with a reason; undefined when nothing is. */
export function reasonFault(reason: unknown): string | undefined {
  if (!isObject(reason) || Object.keys(reason).some((key) => key !== 'code' && key !== 'text')) return 'must be { "code": "…", "text": "…" }';
  const { code, text } = reason;
  if (typeof code !== 'string' || !/^[a-z][a-z0-9-]{1,39}$/.test(code)) return `has the code ${JSON.stringify(code) ?? '(none)'}; a code looks like "paper-log-returned"`;
  if (text !== undefined && (typeof text !== 'string' || text.length > 2000)) return 'has a text that is not one of at most 2000 characters';
  return undefined;
}

function peopleOf(given: unknown, fault: (message: string) => void): Map<string, Person> | undefined {
  if (!isObject(given) || Object.keys(given).length === 0) {
    fault('"people" must say who speaks: { "amina": { "role": "worker", "sites": ["s1"] } }');
    return undefined;
  }
  const people = new Map<string, Person>();
  for (const [name, said] of Object.entries(given)) {
    const { role, subject = name, sites = [], staff, ...rest } = isObject(said) ? said : {};
    const unknown = Object.keys(rest);
    if (unknown.length > 0) fault(`people "${name}": ${unknown.join(', ')} is not part of a person; they have role, subject, sites, staff`);
    if (typeof role !== 'string' || !isRole(role)) fault(`people "${name}": the role is ${JSON.stringify(role) ?? 'missing'}; the roles are ${roles.join(', ')}`);
    else if (typeof subject !== 'string' || subject === '') fault(`people "${name}": the subject must be a text`);
    else if (!Array.isArray(sites) || !sites.every((site) => typeof site === 'string')) fault(`people "${name}": sites must be a list of site ids`);
    else if (staff !== undefined && typeof staff !== 'string') fault(`people "${name}": staff must be a staff id`);
    else people.set(name, { role, subject, sites, ...(staff !== undefined && { staff }) });
  }
  return people;
}

function isZone(zone: unknown): zone is string {
  try {
    return typeof zone === 'string' && /^[A-Z]/.test(zone) && Temporal.Now.zonedDateTimeISO(zone).timeZoneId === zone;
  } catch {
    return false;
  }
}
