import { IsIn, IsInt, IsOptional, IsString } from 'class-validator';
import { catalogue } from '@cairn/kernel/catalogue.js';
import { Blinded, disclosureClasses, envelopeDisclosure, Linked, Open, Personal, Worker, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { fieldGrants } from './policy.js';
import { redact } from './redact.js';
import { maskedRoles, roles, type Role } from './roles.js';

/** An event with a field of every class, one of them optional. */
class Visited {
  @Open('mode') @IsIn(['home', 'service']) open: string;
  @Linked() @IsInt() linked: number;
  @Blinded() @IsString() blinded: string;
  @Worker() @IsString() worker: string;
  @Personal() @IsString() personal: string;
  @Linked() @IsOptional() @IsString() seldom?: string;
}
const group = catalogue({ stream: 'support', about: 'participant' }, { Visited: { version: 1, data: Visited } });

const data = { open: 'home', linked: 45, blinded: 'peer-support', worker: 'w1', personal: 'a word in private' };
const visited = entryOf({ type: 'Visited', data }, 3, { reason: { code: 'late', text: 'I was ill.' }, protocol: { programme: 'core', site: 's1', version: '1' } });
const id = '00000000-0000-4000-8000-000000000003';

const sees = (role: Role, disclosure: DisclosureClass) => fieldGrants[role].includes(disclosure);
const shown = (role: Role) => Object.fromEntries(Object.entries(data).filter(([field]) => sees(role, field as DisclosureClass)));
const hidden = (role: Role, at = 'data') => disclosureClasses.filter((disclosure) => !sees(role, disclosure)).map((field) => `${at}.${field}`);

describe('an entry, role by role', () => {
  it.each(roles)('%s sees the fields of their classes and the names of the others', (role) => {
    const view = redact(visited, group, [role]);
    expect(view.data).toEqual(shown(role));
    const withheld = [...hidden(role), ...(sees(role, 'worker') ? [] : ['actor.id']), ...(sees(role, 'personal') ? [] : ['reason.text'])];
    expect([...(view.withheld ?? [])].sort()).toEqual(withheld.sort());
  });

  it.each(roles)('%s: nothing withheld is anywhere in the text', (role) => {
    const text = JSON.stringify(redact(visited, group, [role]));
    for (const [field, value] of Object.entries(data)) if (!sees(role, field as DisclosureClass)) expect(text).not.toContain(`"${value}"`);
    if (!sees(role, 'worker')) expect(text).not.toContain('w1');
    if (!sees(role, 'personal')) expect(text).not.toContain('I was ill.');
  });

  it('a field that is not there is not withheld either', () => expect(redact(visited, group, ['administrator']).withheld).not.toContain('data.seldom'));
  it('what is not declared is not shown, to whom ever', () => {
    const strange = { ...visited, data: { ...data, forgotten: 'secret' } } as unknown as Entry;
    expect(JSON.stringify(redact(strange, group, ['data-manager']))).not.toContain('secret');
  });
  it('several roles see what each of them sees', () => {
    expect(redact(visited, group, ['monitor', 'clinician'])).toEqual(redact(visited, group, ['clinician']));
    expect(redact(visited, group, ['monitor', 'administrator'])).toEqual(redact(visited, group, ['monitor']));
  });
  it('no role at all sees nothing of the data', () => expect(redact(visited, group, []).data).toEqual({}));
  it('an erased one says that it is, and no more', () => {
    const view = redact({ ...visited, data: {}, erased: true }, group, ['data-manager']);
    expect([view.erased, view.data, view.withheld]).toEqual([true, {}, undefined]);
  });
});

describe('the envelope', () => {
  it('says who only to those who see staff, and why in free text only to those who see personal fields', () => {
    const { actor, reason, withheld } = redact(visited, group, ['researcher']);
    expect([actor, reason]).toEqual([{ role: 'worker', site: 's1' }, { code: 'late' }]);
    expect(withheld).toEqual(expect.arrayContaining(['actor.id', 'reason.text']));
    expect(redact(visited, group, ['worker'])).toMatchObject({ actor: { id: 'w1', role: 'worker' }, reason: { code: 'late', text: 'I was ill.' } });
    expect(redact(visited, group, ['auditor'])).toMatchObject({ actor: { id: 'w1' }, reason: { code: 'late' }, withheld: ['data.personal', 'reason.text'] });
  });
  it('never leaves with what is not named in the kernel: positions, revisions, command ids, fingerprints', () => {
    const named = new Set([...Object.keys(envelopeDisclosure).map((name) => name.split('.')[0]), 'stream', 'data', 'withheld', 'erased']);
    for (const role of roles) for (const name of Object.keys(redact(visited, group, [role]))) expect(named).toContain(name);
    // The name of the kind of stream alone: an id in it would be told twice.
    expect(redact(visited, group, ['worker']).stream).toBe('support');
  });
});

describe('a correction is redacted as what it corrects', () => {
  const amended = entryOf({ type: 'EntryAmended', data: { entry: id, type: 'Visited', version: 1, data: { ...data, seldom: 'once' }, occurred: visited.occurred } }, 4);
  const given = (carried: boolean) =>
    entryOf({ type: 'EntryReattributed', data: { entry: id, from: id, to: id, ...(carried && { carried: { type: 'Visited', version: 1, data, occurred: visited.occurred, actor: { id: 'w9', role: 'worker' } } }) } }, 5);

  it.each(roles)('%s sees of the new value what they see of the old', (role) => {
    const view = redact(amended, group, [role]);
    expect(view.data).toEqual({ ...(sees(role, 'linked') && { entry: id, type: 'Visited', version: 1, occurred: visited.occurred }), data: { ...shown(role), ...(sees(role, 'linked') && { seldom: 'once' }) } });
    for (const field of hidden(role, 'data.data')) expect(view.withheld).toContain(field);
  });
  it.each(roles)('%s sees the same of an entry that came from another participant, and never whose hand it was', (role) => {
    const { data: seen } = redact(given(true), group, [role]) as { data: { carried?: { data: object } } };
    expect(seen.carried?.data).toEqual(shown(role));
    expect(JSON.stringify(seen)).not.toContain('w9');
  });
  it('an entry given away carries nothing', () => expect(redact(given(false), group, ['data-manager']).data).toEqual({ entry: id, from: id, to: id }));
});

describe('a fact that anybody may have told', () => {
  class Lost {
    @Blinded() @IsOptional() @IsString() how?: string;
    @Worker() @IsOptional() @IsString() by?: string;
  }
  const open = catalogue({ stream: 'participant', about: 'participant' }, { Lost: { version: 1, data: Lost, teller: 'withheld' }, Found: { version: 1, data: Lost } });
  const lost = (also: Partial<Entry>, data: Lost = {}) => entryOf({ type: 'Lost', data }, 3, also);
  const byWorker = lost({ actor: { id: 'w1', role: 'worker', site: 's1' }, source: 'offline', reason: { code: 'told-late', text: 'I met the brother.' } }, { how: 'a visit', by: 'w1' });
  const byClinician = lost({ actor: { id: 'c1', role: 'clinician' }, source: 'api' });

  it.each(maskedRoles)('is the same to a %s whoever told it, through whatever, with or without a reason', (role) => {
    expect(redact(byWorker, open, [role])).toEqual(redact(byClinician, open, [role]));
    expect(Object.keys(redact(byWorker, open, [role]))).not.toEqual(expect.arrayContaining(['actor']));
    expect(redact(byWorker, open, [role]).withheld).toEqual(['data.how', 'data.by', 'actor', 'source', 'reason']);
  });
  it('keeps its teller for everyone else, and other facts of the stream theirs for all', () => {
    expect(redact(byWorker, open, ['auditor'])).toMatchObject({ actor: { id: 'w1', role: 'worker' }, source: 'offline', reason: { code: 'told-late' }, data: { how: 'a visit', by: 'w1' } });
    expect(redact({ ...byWorker, type: 'Found' }, open, ['researcher'])).toMatchObject({ actor: { role: 'worker' }, source: 'offline' });
  });
});
