import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { commands, corrections } from './commands.js';
import { prepare } from './prepare.js';
import { linesOf } from './positions.js';
import { uuidOf } from './names.js';
import { whenOf } from './when.js';

const today = '2026-11-23';
const people = { leila: { role: 'researcher', sites: ['s1'] }, amina: { role: 'worker', subject: 'w1' } };
const register = { as: 'leila', do: 'register', participant: 'ann', when: '2026-01-12', programme: 'core', site: 's1' };
const enrolment = { as: 'leila', do: 'enrolment', participant: 'ann', when: '2026-01-12' };
const visit = { as: 'amina', do: 'visit', label: 'visit', participant: 'ann', session: 'first', when: '2026-01-20T14:00', facts: { minutes: 60 } };
const file = (lines: readonly object[], more: object = {}) => ({ format: 'cairn-record/1', namespace: 'a-spec-of-files', zone: 'Europe/London', people, lines, ...more });
const keysOf = (content: unknown) => prepare(content, { today }).lines.map(({ key }) => key);
const faultsOf = (content: unknown) => prepare(content, { today }).faults.map(({ line, message }) => `${line ?? 'file'}: ${message}`);

describe('a line', () => {
  it('becomes one request, its names ids and its time complete', () => {
    const [, prepared] = prepare(file([register, visit], { because: { code: 'brought-in' } }), { today }).lines;
    expect(prepared).toMatchObject({
      kind: 'telling', method: 'POST', route: '/v1/participants/{participant}/visits', path: `/v1/participants/${prepared?.participant?.id ?? ''}/visits`,
      body: { minutes: 60, session: expect.stringMatching(/^[0-9a-f-]{36}$/), occurred: { at: '2026-01-20T14:00:00+00:00', zone: 'Europe/London' }, via: 'import', because: { code: 'brought-in' } },
    });
  });

  it('keeps its key when others are put around it, and has its own when it says the same again', () => {
    const alone = keysOf(file([register, enrolment]));
    const amid = keysOf(file([{ ...register, participant: 'bob' }, register, { ...enrolment, participant: 'bob' }, enrolment]));
    expect([amid[1], amid[3]]).toEqual(alone);
    const [, one, two] = keysOf(file([register, enrolment, enrolment]));
    expect(one).toBe(alone[1]);
    expect(two).not.toBe(one);
  });

  it('has another key when it says something else, or somebody else says it, or in another namespace', () => {
    const [, key] = keysOf(file([register, visit]));
    for (const other of [file([register, { ...visit, facts: { minutes: 45 } }]), file([register, { ...visit, as: 'leila' }]), file([register, visit], { namespace: 'another-namespace' })]) expect(keysOf(other)[1]).not.toBe(key);
    expect(keysOf(file([register, { ...visit, label: 'renamed', note: 'seen again' }]))[1]).toBe(key);
  });

  it('names sessions within their participant', () => {
    const of = (participant: string) => ({ ...visit, label: `${participant} visit`, participant });
    const sessions = prepare(file([register, { ...register, participant: 'bob' }, of('ann'), of('bob')]), { today }).lines.map((line) => line.kind === 'telling' && line.body['session']);
    expect(sessions[2]).not.toBe(sessions[3]);
  });
});

describe('a fault', () => {
  it.each<[string, object, RegExp]>([
    ['a fact outside facts', { ...visit, minutes: 60 }, /2: "minutes" has no place .*stands in "facts"/],
    ['a name the line has no use for', { ...enrolment, session: 'first' }, /2: "session" has no place/],
    ['a missing name', { ...visit, session: undefined }, /2: "session" is missing/],
    ['a day still to come', { ...enrolment, when: '2027-01-12' }, /2: when is 2027-01-12, which has not happened yet/],
    ['a month that the year has not', { ...enrolment, when: '2026-13-16' }, /2: 2026-13-16 is not a date of the calendar/],
    ['a moment of a day that the month has not', { ...enrolment, when: '2026-02-30T10:00:00+00:00' }, /2: 2026-02-30 is not a date of the calendar/],
    ['a slip of the year', { ...enrolment, when: '1026-01-12' }, /2: when is 1026-01-12, which lies before 1900/],
    ['a reason of another shape', { ...enrolment, because: 'forgotten' }, /2: "because" must be/],
    ['a correction of nothing', { as: 'amina', do: 'void', entry: 'visit', why: 'duplicate' }, /2: "entry" is "visit", which is the label of no earlier line/],
    ['no object', [], /2: must be an object/],
  ])('is told of %s', (_, line, expected) => {
    expect(faultsOf(file([register, line]))).toEqual([expect.stringMatching(expected)]);
  });

  it('is told once, not again by every line that builds on it', () => {
    const faulty = { ...visit, when: 'yesterday' };
    const built = [{ as: 'amina', do: 'amend', entry: 'visit', facts: { minutes: 45 }, because: { code: 'entry-error' } }, { as: 'amina', do: 'section-completion', participant: 'ann', session: 'first', section: 'moving-on', when: '2026-01-20' }];
    expect(faultsOf(file([register, faulty, ...built]))).toHaveLength(1);
  });

  it.each<[string, object, RegExp]>([
    ['a role there is not', { people: { leila: { role: 'wizard' } } }, /file: people "leila": the role is "wizard"/],
    ['a namespace too short to be anyone’s own', { namespace: 'x' }, /file: "namespace"/],
    ['a zone that is none', { zone: 'London' }, /file: "zone" is "London"/],
    ['a part the format lacks', { sites: [] }, /file: "sites" is not part of the format/],
    ['no lines', { lines: [] }, /file: "lines" must be a list/],
  ])('is told of %s in the file', (_, more, expected) => {
    expect(faultsOf(file([], { lines: [register], ...more })).join('\n')).toMatch(expected);
  });

  it('has its row in the text', () => {
    expect(linesOf('{ "about": "lines [",\n "people": { "lines": [1, 2] },\n "lines": [\n\n {},\n {"a": [{}, {}], "b": "]"}, {}\n ] }')).toEqual([5, 6, 6]);
    expect(linesOf('{ "lines": [] }')).toEqual([]);
  });
});

describe('when', () => {
  it.each([
    ['2026-07-01T09:30', { at: '2026-07-01T09:30:00+01:00', zone: 'Europe/London' }],
    ['2026-07-01 09:30', { at: '2026-07-01T09:30:00+01:00', zone: 'Europe/London' }],
    ['2026-10-25T01:30+00:00', { at: '2026-10-25T01:30+00:00', zone: 'Europe/London' }],
    ['2026-07-01', { at: '2026-07-01', zone: 'Europe/London' }],
    ['2026-07', { at: '2026-07', zone: 'Europe/London' }],
    ['unknown', { precision: 'unknown', zone: 'Europe/London' }],
  ])('reads %s', (text, occurred) => {
    expect(whenOf(text, 'Europe/London', today)).toEqual(occurred);
  });

  it('asks which, when an hour came twice, and refuses one that never came', () => {
    expect(() => whenOf('2026-10-25T01:30', 'Europe/London', today)).toThrow('happened twice in Europe/London: write which, 2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00');
    expect(() => whenOf('2026-03-29T01:30', 'Europe/London', today)).toThrow('never happened in Europe/London');
    expect(() => whenOf('2026-07-01T09:30', undefined, today)).toThrow('has no offset');
    expect(() => whenOf('2026-02-29', 'Europe/London', today)).toThrow('not a date of the calendar');
  });
});

it('finds everything a line can do in FORMAT.md', () => {
  const format = readFileSync('apps/cli/FORMAT.md', 'utf8');
  expect([...Object.keys(commands), ...corrections].filter((name) => !format.includes(`\`${name}\``))).toEqual([]);
});

it('makes the UUIDv5 that RFC 9562 shows', () => {
  expect(uuidOf('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});
