import { fieldsOf, type DataClass } from '@cairn/kernel/declared.js';
import { catalogues } from '@cairn/record/aspects.js';
import { labelOf, typeOf } from '@cairn/replay/labels.js';

const definitions = catalogues.flatMap(({ definitions, remarks }) => Object.entries({ ...remarks, ...definitions }));
const types = [...new Set([...definitions.map(([type]) => type), 'EntryAmended', 'EntryVoided', 'EntryReattributed'])];

describe('the words of the reports', () => {
  it('are words: no field’s name shows through', () => {
    const fields = definitions.flatMap(([, { data }]) => fieldsOf(data as DataClass));
    for (const name of [...types, ...fields]) expect([name, labelOf(name)]).toEqual([name, expect.stringMatching(/^[a-z0-9]+( [a-z0-9]+)*$/)]);
  });
  it('tell every type apart, and lead back to it', () => {
    expect(new Set(types.map(labelOf)).size).toBe(types.length);
    for (const type of types) expect([type, typeOf(labelOf(type)), typeOf(type)]).toEqual([type, type, type]);
  });
  it.each([['SessionAttended', 'session attended'], ['EntryAmended', 'amended'], ['minutes', 'minutes'], ['plannedMode', 'planned mode'], ['studynumber', 'study numbers'], ['acute', 'acute care']])('%s is %s', (name, label) => expect(labelOf(name)).toBe(label));
});
