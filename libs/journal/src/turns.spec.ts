import { Turns } from './turns.js';

describe('turns on a stream', () => {
  it('are taken one after the other, in the order they were asked for, and leave others alone', async () => {
    const turns = new Turns();
    const told: string[] = [];
    const held = Promise.withResolvers<undefined>();
    const first = turns.take('a', async () => {
      told.push('first begins');
      await held.promise;
      told.push('first ends');
    });
    const second = turns.take('a', () => Promise.resolve(told.push('second')));
    await turns.take('b', () => Promise.resolve(told.push('other')));
    expect([told, turns.isWanted('a'), turns.isWanted('b')]).toEqual([['first begins', 'other'], true, false]);
    held.resolve(undefined);
    await Promise.all([first, second]);
    expect([told, turns.isWanted('a')]).toEqual([['first begins', 'other', 'first ends', 'second'], false]);
  });

  it('pass on when one fails', async () => {
    const turns = new Turns();
    const [failed, next] = await Promise.allSettled([turns.take('a', () => Promise.reject(new Error('lost'))), turns.take('a', () => Promise.resolve('next'))]);
    expect([failed.status, next]).toEqual(['rejected', { status: 'fulfilled', value: 'next' }]);
    expect(turns.isWanted('a')).toBe(false);
  });
});
