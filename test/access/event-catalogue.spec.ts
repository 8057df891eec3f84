import { definitionOf } from '@cairn/kernel/catalogue.js';
import { fieldsOf } from '@cairn/kernel/declared.js';
import { roles } from '@cairn/access/roles.js';
import { catalogues } from '@cairn/record/aspects.js';
import { startService, type Service } from '../service.js';
import { header, json, send, type Answer } from './http.js';

interface Described {
  readonly streams: { stream: string; revealsAllocation: boolean; events: { type: string; version: number; command: string | null; tellerWithheld: boolean; recordedBy: string[]; fields: { name: string; type: string; class: string; seenBy: string[] }[] }[] }[];
}

/** Told by nobody: they follow from what somebody told, or from what a process noticed. */
const toldByTheService = ['StudyNumberIssued', 'SignatureDropped'];

let service: Service;
let page: Answer;
let described: Described;
beforeAll(async () => {
  service = await startService();
  page = await send(service.url, { method: 'GET', path: '/docs/events' });
  described = json(await send(service.url, { method: 'GET', path: '/docs/events.json' })) as Described;
});
afterAll(() => service.stop());

const events = () => described.streams.flatMap(({ events }) => events);

describe('the catalogue of events', () => {
  it('has every event of every stream, each once, with every field, its type and its class', () => {
    const expected = catalogues.flatMap((group) => Object.keys({ ...group.definitions, ...group.remarks }).map((type) => [type, definitionOf(group, type)] as const));
    const known = new Map(expected);
    expect(events().map(({ type }) => type).sort()).toEqual([...known.keys(), 'EntryAmended', 'EntryVoided', 'EntryReattributed'].sort());
    for (const [type, { data, version }] of known) {
      const line = events().find((event) => event.type === type);
      expect([type, line?.version, line?.fields.map(({ name }) => name).sort()]).toEqual([type, version, fieldsOf(data).toSorted()]);
      for (const field of line?.fields ?? []) expect([type, field.name, field.type]).toEqual([type, field.name, expect.stringMatching(/./)]);
    }
  });

  it('says who records each, and leaves out nobody by oversight', () => {
    const untold = events().filter(({ recordedBy, command }) => recordedBy.length === 0 || command === null).map(({ type }) => type);
    expect(untold.filter((type) => !toldByTheService.includes(type))).toEqual([]);
    expect(events().find(({ type }) => type === 'SessionAttended')).toMatchObject({ command: 'RecordAttendance', recordedBy: ['worker', 'supervisor'] });
  });

  it('says who sees each field: masked roles none of a stream that reveals the arm, nobody masked the free text', () => {
    for (const { revealsAllocation, events } of described.streams)
      for (const field of events.flatMap(({ fields }) => fields)) {
        expect(field.seenBy.every((role) => (roles as readonly string[]).includes(role))).toBe(true);
        if (revealsAllocation || (field.class === 'personal' && field.type !== 'what the entry says, each field by its own class') || field.class === 'blinded') expect(field.seenBy).not.toContain('researcher');
      }
  });

  it('says of what is about no participant who may ask for it, and of what is told in another entry that its own fields decide', () => {
    const readersOf = (type: string, field: string) => events().find((event) => event.type === type)?.fields.find(({ name }) => name === field)?.seenBy;
    expect(readersOf('AccessGranted', 'roles')).toEqual(['monitor', 'auditor', 'privacy-officer', 'administrator']);
    expect(readersOf('Engaged', 'role')).not.toContain('researcher');
    expect(readersOf('EntryAmended', 'data')).toEqual(expect.arrayContaining(['researcher', 'auditor']));
    for (const type of ['SessionAttended', 'EntryAmended']) for (const { seenBy } of events().find((event) => event.type === type)?.fields ?? []) expect(seenBy).not.toContain('statistician');
    expect(events().filter(({ tellerWithheld }) => tellerWithheld).map(({ type }) => type)).toContain('Died');
    expect(page.body).toContain('withheld from masked roles');
  });

  it('is a page that anyone may open, which runs nothing and fetches nothing', () => {
    expect([page.status, header(page, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(header(page, 'content-security-policy')).toContain("default-src 'none'");
    for (const { type } of events()) expect(page.body).toContain(`<tr id="${type}">`);
    expect(page.body).not.toMatch(/<script|undefined|\[object/);
  });
});

describe('the description of the API', () => {
  interface Shown {
    readonly content?: Readonly<Record<string, { readonly example?: unknown; readonly examples?: unknown }>>;
  }
  type Operation = { readonly responses: Readonly<Record<string, Shown>>; readonly requestBody?: Shown };

  it('shows an example of every answer, and of every body that is sent', async () => {
    const { paths } = json(await send(service.url, { method: 'GET', path: '/openapi.json' })) as { paths: Record<string, Record<string, Operation>> };
    const lacks = (shown: Shown | undefined) => shown?.content !== undefined && !Object.values(shown.content).some(({ example, examples }) => example !== undefined || examples !== undefined);
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) => ('responses' in operation ? [[`${method} ${path}`, operation] as const] : [])));
    expect(operations.length).toBeGreaterThan(100);
    expect(operations.filter(([, { responses, requestBody }]) => lacks(responses['200']) || lacks(requestBody)).map(([name]) => name)).toEqual([]);
  });
});
