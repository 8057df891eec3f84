import { codebook, codebookCsv } from '@cairn/analysis/codebook.js';
import { views } from '@cairn/analysis/views.js';
import { catalogue } from '@cairn/kernel/catalogue.js';
import { catalogues } from '@cairn/record/aspects.js';
import { consentScopes } from '@cairn/record/participants/events.js';
import { stages } from '@cairn/record/participants/participants.read.js';
import { attendanceCodes } from '@cairn/record/support/codes.js';

const book = codebook(catalogues);
const of = (view: string, column: string) => book.find((entry) => entry.view === view && entry.column === column);

describe('the codebook', () => {
  it('has one line for each column, told by fields that there are', () => {
    expect(book.map(({ view, column }) => `${view}.${column}`)).toEqual(views.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)));
    expect(book.filter(({ about }) => !about.endsWith('.'))).toEqual([]);
    expect(codebookCsv(book).trimEnd().split('\n').length).toBeGreaterThan(book.length);
  });

  it('opens no field that points at a person', () => {
    expect([...new Set(book.map((entry) => entry.class))].sort()).toEqual(['linked', 'open']);
  });

  it('refuses to be made of a column told by a field that is not there', () => {
    expect(() => codebook([])).toThrow('but there are no participant streams');
    expect(() => codebook(catalogues.map((group) => catalogue({ ...group, remarks: {} }, {})))).toThrow();
  });

  it('knows every code that the record writes', () => {
    // Whoever is merged into another has no row of their own.
    expect(Object.keys(of('participants', 'stage')?.codes ?? {}).sort()).toEqual(stages.filter((stage) => stage !== 'merged').sort());
    expect(of('sessions', 'code')?.codes).toEqual(attendanceCodes);
    for (const scope of consentScopes) expect(of('participants', `consent_${scope.replace('-', '_')}`)?.codes).toHaveProperty('withdrawn');
  });

  it('says of a field told as it was recorded what its own declaration says', () => {
    expect(of('sessions', 'minutes')).toMatchObject({ class: 'linked', revealsAllocation: true, minimum: 1, maximum: 600, codes: null });
    expect(of('sessions', 'mode')?.codes).toEqual({ 'in-person': 'in person', telephone: 'telephone', video: 'video' });
    expect(of('participants', 'eligibility')).toMatchObject({ class: 'open', revealsAllocation: false, codes: { eligible: 'eligible', 'not-eligible': 'not eligible' } });
  });
});
