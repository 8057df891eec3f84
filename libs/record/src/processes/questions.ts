import type { Catalogue, Group } from '@cairn/kernel/catalogue.js';
import { remarksOn, type QueryRaised, type remarks } from '../review/events.js';
import { reviewOf } from '../review/review.js';
import { act, view, type Act, type Look } from './case-process.js';

/** Whether each query that a process raised on a stream is still open. */
type Raised = Readonly<Record<string, 'open' | 'closed'>>;

/**
 * What a rule asks people on streams of one kind. Each question is asked once, by an id that follows from what it is about; what still stands open
 * and is no longer to be asked is taken back.
 */
export function questions(process: string, group: Group): (look: Look, wanted: readonly QueryRaised[]) => Act[] {
  const review = reviewOf(group);
  const raised = view<Raised, Catalogue<typeof remarks>>(remarksOn(group), {}, {
    QueryRaised: (known, { data, actor }) => (actor.id === `process:${process}` ? { ...known, [data.query]: 'open' } : known),
    QueryClosed: (known, { data }) => (known[data.query] ? { ...known, [data.query]: 'closed' } : known),
  });
  return (look, wanted) => {
    const known = look.state(raised);
    const asked = new Set(wanted.map(({ query }) => query));
    const anew = wanted.filter(({ query }) => !known[query]);
    const standing = anew.length > 0 ? look.standing({ events: review.events }) : new Set<string>();
    return [
      ...anew.map((facts) => act(review, { type: 'RaiseQuery', facts, standing })),
      ...Object.keys(known).filter((query) => known[query] === 'open' && !asked.has(query)).map((query) => act(review, { type: 'CloseQuery', facts: { query, resolution: 'overtaken' } })),
    ];
  };
}
