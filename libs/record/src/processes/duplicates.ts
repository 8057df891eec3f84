import { isCorrection } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf } from '@cairn/kernel/envelope.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { reviewOf } from '../review/review.js';
import { supportEvents } from '../support/events.js';
import { support } from '../support/support.js';
import { view, type CaseProcess } from './case-process.js';
import { questions } from './questions.js';

/** Ids of entries by what two devices would tell alike, in the order in which they were recorded. */
type Visits = Readonly<Record<string, readonly string[]>>;

/** DOMAIN.md: same participant, local date and actual worker under different session ids. A day nobody knows is like no other. */
const visits = view<Visits, typeof supportEvents>(supportEvents, {}, {
  SessionAttended: (known, { id, data, occurred }) => {
    const date = dateOf(occurred);
    if (date === undefined) return known;
    const visit = `${date} ${data.worker}`;
    return put(known, visit, [...(known[visit] ?? []), id]);
  },
});

const ask = questions('duplicates', supportEvents);

/** Possible duplicates are kept, both, and somebody is asked: for each visit that looks like ones before it a query names them all. It closes when a person voids or dismisses. */
export const duplicates: CaseProcess = {
  name: 'duplicates',
  places: ({ stream, type }) => (isMerge(type) || (categoryOf(stream) === 'support' && (type === 'SessionAttended' || isCorrection(type))) ? [{ participant: subjectOf(stream), on: [support], person: true }] : []),
  decide(look) {
    const { dismissed } = look.state(reviewOf(supportEvents));
    const toldApart = (a: string, b: string) => dismissed.some(({ data }) => data.entries.includes(a) && data.entries.includes(b));
    const wanted = Object.values(look.state(visits)).flatMap((alike) =>
      alike.slice(1, MOST).flatMap((entry, index) => {
        const before = alike.slice(0, index + 1);
        if (before.every((other) => toldApart(entry, other))) return [];
        const text = 'Recorded for the same day and worker under different session ids. If it is one visit, void one entry; if not, dismiss the suspicion.';
        return [{ query: look.idOf('visit', entry), topic: 'possible-duplicate' as const, to: 'supervisor' as const, entries: [...before, entry], text }];
      }),
    );
    return ask(look, wanted);
  },
};

/** A query names no more entries than this, nor can so many visits be dismissed at once. */
const MOST = 20;
