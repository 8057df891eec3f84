import fc from 'fast-check';
import { correct, reattribute, type Holding } from '@cairn/kernel/correct.js';
import { fold } from '@cairn/kernel/decider.js';
import type { Entry, Fact } from '@cairn/kernel/envelope.js';
import { effective } from '@cairn/kernel/history.js';
import { refold } from '@cairn/kernel/read-model.js';
import { Refused } from '@cairn/kernel/refused.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { support } from './support/support.js';
import { sessionRows } from './support/sessions.read.js';

/* Entries told of two people, amended, voided and given from one to the other in any order. */
const decider = support as unknown as Holding;
const people = ['6f1c8a4e-0000-4000-8000-000000000001', '6f1c8a4e-0000-4000-8000-000000000002'] as const;
const session = (n: number) => `9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a1${n}`;

const offers = fc.record({ do: fc.constant('offer' as const), n: fc.nat(3) });
const visits = fc.record({ do: fc.constant('visit' as const), n: fc.nat(3), minutes: fc.constantFrom(30, 60) });
const answers = fc.record({ do: fc.constant('respond' as const), n: fc.nat(3) });
const corrections = fc.record({ do: fc.constantFrom('amend' as const, 'void' as const, 'give' as const), which: fc.nat(), minutes: fc.constantFrom(45, 50) });
const steps = fc.array(fc.record({ whom: fc.nat(1), step: fc.oneof(offers, visits, answers, { weight: 2, arbitrary: corrections }) }), { maxLength: 40, size: '+1' });
type Step = (typeof steps extends fc.Arbitrary<infer Steps extends readonly unknown[]> ? Steps : never)[number];

class Pair {
  readonly histories: [Entry[], Entry[]] = [[], []];
  private last = 0;

  take(whom: number, fact: Fact): void {
    const participant = people[whom] ?? people[0];
    this.histories[whom]?.push(entryOf(fact, ++this.last, { stream: `support-${participant}` }));
  }

  standing(whom: number): Entry[] {
    return effective(this.histories[whom] ?? []);
  }

  do({ whom, step }: Step): void {
    const history = this.histories[whom] ?? [];
    const target = 'which' in step ? history.filter(({ type }) => !type.startsWith('Entry')).concat(this.standing(whom))[step.which % Math.max(1, history.length)] : undefined;
    switch (step.do) {
      case 'offer':
        return this.tell(whom, { type: 'OfferSession', facts: { session: session(step.n), plannedStart: '2026-01-20T14:00:00+00:00', mode: 'video', method: 'text' } });
      case 'visit':
        return this.tell(whom, { type: 'RecordAttendance', facts: { session: session(step.n), minutes: step.minutes, mode: 'video', worker: 'w1', punctuality: 'late' } });
      case 'respond':
        return this.tell(whom, { type: 'RespondToOffer', session: session(step.n), response: 'accepted' });
      case 'amend':
        if (target?.type === 'SessionAttended') for (const fact of correct({ type: 'AmendEntry', entry: target.id, data: { ...(target.data as object), minutes: step.minutes } }, decider, history)) this.take(whom, fact);
        return;
      case 'void':
        if (target) for (const fact of correct({ type: 'VoidEntry', entry: target.id, why: 'duplicate' }, decider, history)) this.take(whom, fact);
        return;
      case 'give': {
        const [from, to] = [whom, 1 - whom].map((n) => ({ participant: people[n] ?? '', history: this.histories[n] ?? [] }));
        const facts = target && from && to && reattribute(target.id, decider, from, to);
        if (!facts) return;
        this.take(whom, facts.from);
        this.take(1 - whom, facts.to);
      }
    }
  }

  private tell(whom: number, command: Parameters<typeof support.decide>[0]): void {
    for (const fact of support.decide(command, fold(support, this.standing(whom) as never))) this.take(whom, fact);
  }
}

it('leaves every entry with one of the two or voided, both histories whole, and every view what it would be had it all been told so', () => {
  let given = 0;
  fc.assert(
    fc.property(steps, (taken) => {
      const pair = new Pair();
      for (const step of taken) {
        try {
          pair.do(step);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
        }
        for (const whom of [0, 1]) expect(decider.holds?.(fold(decider, pair.standing(whom)))).toBeUndefined();
      }
      const [one, other] = [pair.standing(0), pair.standing(1)];
      const all = pair.histories.flat();
      const voided = new Set(all.filter(({ type }) => type === 'EntryVoided').map(({ data }) => (data as { entry: string }).entry));
      const told = all.filter(({ type }) => !type.startsWith('Entry')).map(({ id }) => id);
      expect([...one, ...other].map(({ id }) => id).sort()).toEqual(told.filter((id) => !voided.has(id)).sort());
      given += all.filter(({ type }) => type === 'EntryReattributed').length / 2;
      // Rows are those of the facts as they stand, whichever way these came to stand where they do.
      for (const [whom, standing] of [one, other].entries()) {
        const plain = standing.map((entry) => ({ ...entry, stream: `support-${people[whom] ?? ''}`, corrections: [] }));
        const rows = (entries: readonly Entry[]) => [...refold(sessionRows, entries, () => undefined).values()];
        expect(rows(standing)).toEqual(rows(plain));
        expect(standing.every(({ stream }) => stream === `support-${people[whom] ?? ''}`)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(given).toBeGreaterThan(100);
});
