import { fieldsOf, type Catalogue, type DataClass } from '@cairn/kernel/catalogue.js';

/** What people call things where the name in the record, taken apart, is not it. */
const ownWords: Readonly<Record<string, string>> = {
  EntryAmended: 'amended',
  EntryVoided: 'voided',
  EntryReattributed: 'given to another participant',
  EntryAttested: 'attested',
  WorkerAssigned: 'worker assigned',
  SessionNotAttended: 'session not attended',
  CourseEnded: 'support ended',
  occurred: 'when it happened',
  at: 'time',
  id: 'number',
  jointWorker: 'second worker',
  noticeHours: 'hours of notice',
  searchedTo: 'searched up to',
  foundOn: 'found on',
  noneFound: 'none found',
};

/** `session attended` of `SessionAttended`, `planned mode` of `plannedMode`: the words people use, never a field's name. */
export function labelOf(name: string): string {
  return Object.hasOwn(ownWords, name) ? (ownWords[name] ?? name) : name.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
}

/** Every type and field of these catalogues by its label, for the documentation and for whoever asks by label. */
export function labelsOf(catalogues: readonly Catalogue[]): { readonly types: Readonly<Record<string, string>>; readonly fields: Readonly<Record<string, string>> } {
  const definitions = catalogues.flatMap(({ definitions, remarks }) => Object.entries({ ...remarks, ...definitions }));
  const types = [...definitions.map(([type]) => type), 'EntryAmended', 'EntryVoided', 'EntryReattributed'];
  const fields = definitions.flatMap(([, { data }]) => fieldsOf(data as DataClass));
  const labelled = (names: readonly string[]) => Object.fromEntries([...new Set(names)].map((name) => [name, labelOf(name)]));
  return { types: labelled(types), fields: labelled(fields) };
}
