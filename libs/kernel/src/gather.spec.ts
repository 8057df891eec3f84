import { setImmediate as turn } from 'node:timers/promises';
import { Gather } from './gather.js';

/** An asking that is answered when the test says so. */
function asked() {
  const askings: { readonly questions: number[]; answer(): void; fail(error: Error): void }[] = [];
  const ask = (questions: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      askings.push({ questions, answer: () => resolve(questions.map((question) => `answer ${question}`)), fail: reject });
    });
  return { askings, ask };
}

describe('gathered questions', () => {
  it('of one turn share an asking, and each gets its own answer', async () => {
    const { askings, ask } = asked();
    const gather = new Gather(ask);
    const answers = Promise.all([gather.one(1), gather.one(2), Promise.resolve().then(() => gather.one(3))]);
    await turn();
    expect(askings.map(({ questions }) => questions)).toEqual([[1, 2, 3]]);
    askings[0]!.answer();
    expect(await answers).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('never ride on an asking that began before them', async () => {
    const { askings, ask } = asked();
    const gather = new Gather(ask);
    const first = gather.one(1);
    await turn();
    const later = Promise.all([gather.one(1), gather.one(2)]);
    await turn();
    expect(askings).toHaveLength(1);
    askings[0]!.answer();
    await first;
    await turn();
    expect(askings.map(({ questions }) => questions)).toEqual([[1], [1, 2]]);
    askings[1]!.answer();
    expect(await later).toEqual(['answer 1', 'answer 2']);
  });

  it('go out at once while askings are free, and are no more together than allowed', async () => {
    const { askings, ask } = asked();
    const gather = new Gather(ask, { atOnce: 2, together: 2 });
    const answers = Promise.all([1, 2, 3, 4, 5].map((question) => gather.one(question)));
    await turn();
    expect(askings.map(({ questions }) => questions)).toEqual([[1, 2], [3, 4]]);
    askings[1]!.answer();
    await turn();
    await turn();
    expect(askings.map(({ questions }) => questions)).toEqual([[1, 2], [3, 4], [5]]);
    for (const asking of askings) asking.answer();
    expect(await answers).toHaveLength(5);
  });

  it('that share an asking share its failure, and those after it are asked again', async () => {
    const { askings, ask } = asked();
    const gather = new Gather(ask);
    const failing = Promise.allSettled([gather.one(1), gather.one(2)]);
    await turn();
    const next = gather.one(3);
    askings[0]!.fail(new Error('The line is down.'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    askings[1]!.answer();
    expect(await next).toBe('answer 3');
  });
});
