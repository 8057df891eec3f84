import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { IsString } from 'class-validator';
import { catalogue } from '@cairn/kernel/catalogue.js';
import { Linked } from '@cairn/kernel/disclosure.js';
import type { StoredEvent } from '@cairn/kernel/event-store.js';
import type { Keyring } from '@cairn/privacy/keyring.js';
import { SealBroken } from '@cairn/privacy/seal.js';
import { Codec } from './codec.js';

class Laid {
  @Linked() @IsString() stone: string;
}
const stones = catalogue({ stream: 'stones', about: 'participant' }, { Laid: { version: 1, data: Laid } });
const participant = randomUUID();
const stream = `stones-${participant}`;
const key = createSecretKey(randomBytes(32));
let held: typeof key | undefined;
const codec = new Codec({ keysFor: () => Promise.resolve(new Map([[participant, held]])) } as unknown as Keyring, [stones]);
const decode = async (event: StoredEvent, key?: typeof held) => {
  held = key;
  return (await codec.decodeOnce([event]))[0];
};

async function sealed(stone: string): Promise<StoredEvent> {
  const envelope = { id: randomUUID(), stream, revision: 0, version: 1, commandId: 'c', fingerprint: 'f', correlationId: 'r', source: 'api', actor: { id: 'w1', role: 'worker' }, occurred: { precision: 'unknown', zone: 'UTC' } } as const;
  const [event] = await codec.encode([{ ...envelope, type: 'Laid', data: { stone } }], new Map([[participant, key]]));
  if (!event) throw new Error('Nothing was sealed.');
  return { ...event, stream, revision: 0, position: 1, recordedAt: '2026-03-05T10:00:00.000000Z' };
}

describe('an event that was opened once for all', () => {
  it('is not opened again for whoever comes to the very same with the same key', async () => {
    const event = await sealed('granite');
    const first = await decode(event, key);
    expect(first?.data).toEqual({ stone: 'granite' });
    expect(await decode(event, key)).toBe(first);
    expect(await decode({ ...event }, key)).not.toBe(first);
  });

  it('stays closed to whoever holds no key, or another', async () => {
    const event = await sealed('granite');
    await decode(event, key);
    expect(await decode(event)).toMatchObject({ data: {}, erased: true });
    await expect(decode(event, createSecretKey(randomBytes(32)))).rejects.toThrow(SealBroken);
    expect(await decode(event, key)).not.toHaveProperty('erased');
  });

  it('is opened again when it was altered underneath, and found out', async () => {
    const [event, other] = [await sealed('granite'), await sealed('slate')];
    await decode(event, key);
    await expect(decode({ ...event, data: other.data }, key)).rejects.toThrow(SealBroken);
  });
});
