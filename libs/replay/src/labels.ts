/** What people call things where the name in the record, taken apart, is not it. */
const ownWords: Readonly<Record<string, string>> = {
  EntryAmended: 'amended',
  EntryVoided: 'voided',
  EntryReattributed: 'given to another participant',
  EntryAttested: 'attested',
  WorkerAssigned: 'worker assigned',
  SessionNotAttended: 'session not attended',
  CourseEnded: 'support ended',
  studynumber: 'study numbers',
  acute: 'acute care',
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

const byLabel = new Map(Object.entries(ownWords).map(([name, label]) => [label, name]));

/** The type a label stands for; a type's own name stands for itself. */
export function typeOf(label: string): string {
  return byLabel.get(label) ?? label.replace(/(?:^| )([A-Za-z])/g, (_, letter: string) => letter.toUpperCase());
}
