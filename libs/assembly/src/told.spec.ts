import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fieldGrants, seesEverything } from '@cairn/access/policy.js';
import { redact } from '@cairn/access/redact.js';
import { maskedRoles, roles } from '@cairn/access/roles.js';
import { lift, type Catalogue } from '@cairn/kernel/catalogue.js';
import { disclosureClasses } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { entryOf as entryAbout } from '@cairn/kernel/testing.js';
import { entryOf, TimelineRow, timelineRows } from '@cairn/replay/timeline.read.js';
import { groups } from './models.js';

const participant = '6f1c8a4e-0000-4000-8000-000000000001';
const rows = timelineRows(TimelineRow, groups, () => []);
const folder = join(import.meta.dirname, '../../record/golden');
const circumstances: Partial<Entry>[] = [
  {},
  { reason: { code: 'late', text: 'I was ill.' }, protocol: { programme: 'core', site: 's1', version: '1' }, actor: { id: 'w1', role: 'worker', site: 's1', staff: 'w1' } },
  { registration: '6f1c8a4e-0000-4000-8000-000000000002', occurred: { precision: 'unknown', zone: 'Europe/London' } },
];

/** Every example there is of what can stand in a participant's history, each under several circumstances, and one that was erased. */
const entries = readdirSync(folder).flatMap((file): [Entry, Catalogue][] => {
  const [type = '', version = ''] = file.replace('.json', '').split('.v');
  const about = groups.filter(({ definitions, remarks }) => type in definitions || type in { ...remarks });
  const stored: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return about.flatMap((group) => {
    const fact = { type, data: lift(group, type, Number(version), stored) };
    const entry = (also: Partial<Entry>) => entryAbout(fact, 3, { stream: `${group.stream}-${participant}`, ...also }) as unknown as Entry;
    return [...circumstances.map(entry), { ...entry({}), data: {}, erased: true as const }].map((each) => [each, group] as const satisfies [Entry, Catalogue]);
  });
});
const toldOf = (entry: Entry) => rows.fold(undefined, [entry], () => ({ protocol: undefined, zone: 'UTC', nation: undefined })).told;

describe('what a timeline keeps of an entry', () => {
  it('is asked of every kind of entry', () => expect(new Set(entries.map(([{ type }]) => type)).size).toBeGreaterThan(50));

  it.each(roles)('is for %s word for word what they may see of the entry itself, or holds all of it', (role) => {
    for (const [entry, group] of entries) {
      const told = toldOf(entry);
      const seen = JSON.stringify(redact(entry, group, [role]));
      if (seesEverything([role])) expect(told).toBe(seen);
      else expect(JSON.stringify(redact(entryOf(3, participant, told), group, [role]))).toBe(seen);
    }
  });

  it('is shown as it is to those alone from whom nothing is withheld', () => {
    const open = roles.filter((role) => seesEverything([role]));
    expect(open).toEqual(roles.filter((role) => !maskedRoles.includes(role) && fieldGrants[role].length === disclosureClasses.length));
    expect(open).not.toEqual([]);
    for (const masked of maskedRoles) expect(seesEverything([...open, masked])).toBe(false);
    for (const [entry, group] of entries) for (const role of open) expect(redact(entry, group, [role]).withheld).toBeUndefined();
  });
});
