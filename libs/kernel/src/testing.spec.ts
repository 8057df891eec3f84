import { IsString } from 'class-validator';
import { catalogue, type FactOf } from './catalogue.js';
import type { Decider } from './decider.js';
import { Linked } from './disclosure.js';
import { Refused } from './refused.js';
import { entryOf, given } from './testing.js';

class Lit {
  @Linked() @IsString() lamp: string;
}
const events = catalogue({ stream: 'lamp', about: 'participant' }, { Lit: { version: 1, data: Lit } });
type Event = FactOf<typeof events>;
type Command = { type: 'Light'; lamp: string } | { type: 'Break' };

const lamps: Decider<readonly string[], Command, Event> = {
  events,
  initial: [],
  decide(command, lit) {
    if (command.type === 'Break') throw new TypeError('a fault in the program');
    if (command.lamp === '') throw new Refused('lamp-unknown', 'There is no such lamp.');
    return lit.includes(command.lamp) ? [] : [{ type: 'Lit', data: { lamp: command.lamp } }];
  },
  evolve: (lit, { data }) => [...lit, data.lamp],
};
const hall: Event = { type: 'Lit', data: { lamp: 'hall' } };
const light = (lamp: string): Command => ({ type: 'Light', lamp });

describe('emits', () => {
  it('passes on exactly these facts', () => given(lamps).when(light('hall')).emits(hall));
  it('fails on other facts, more, or fewer', () => {
    expect(() => given(lamps).when(light('porch')).emits(hall)).toThrow(/Expected[^]*hall[^]*but got[^]*porch/);
    expect(() => given(lamps).when(light('hall')).emits()).toThrow('but got');
    expect(() => given(lamps).when(light('hall')).emits(hall, hall)).toThrow('but got');
  });
  it('lets a refusal through', () => expect(() => given(lamps).when(light('')).emits(hall)).toThrow(Refused));
});

describe('emitsNothing', () => {
  it('passes when the same is already there', () => given(lamps, hall).when(light('hall')).emitsNothing());
  it('fails on any fact', () => expect(() => given(lamps).when(light('hall')).emitsNothing()).toThrow('but got'));
});

describe('refuses', () => {
  it('passes on this code', () => given(lamps).when(light('')).refuses('lamp-unknown'));
  it('fails on another code, on facts, and on none, and lets a program fault through', () => {
    expect(() => given(lamps).when(light('')).refuses('other')).toThrow('There is no such lamp.');
    expect(() => given(lamps).when(light('hall')).refuses('lamp-unknown')).toThrow(/Expected a refusal lamp-unknown[^]*hall/);
    expect(() => given(lamps, hall).when(light('hall')).refuses('lamp-unknown')).toThrow('Expected a refusal lamp-unknown');
    expect(() => given(lamps).when({ type: 'Break' }).refuses('lamp-unknown')).toThrow(TypeError);
  });
});

describe('given', () => {
  it('shows the state, folded from the effective history without what is erased', () => {
    const porch = entryOf({ type: 'Lit', data: { lamp: 'porch' } } as const, 2);
    const attic = entryOf({ type: 'Lit', data: { lamp: 'attic' } } as const, 3, { erased: true });
    const voided = entryOf({ type: 'EntryVoided', data: { entry: porch.id, why: 'duplicate' } } as const, 4) as unknown as Event;
    expect(given(lamps, hall, porch).state).toEqual(['hall', 'porch']);
    expect(given(lamps, hall, porch, attic, voided).state).toEqual(['hall']);
  });
});

it('makes entries of their own id, place and day', () => {
  const [first, second] = [entryOf(hall, 1), entryOf(hall, 2, { source: 'import' })];
  expect(first).toMatchObject({ ...hall, position: 1, revision: 0, recordedAt: '2026-01-01T12:00:00.000000Z', source: 'api' });
  expect(second).toMatchObject({ position: 2, revision: 1, recordedAt: '2026-01-02T12:00:00.000000Z', source: 'import' });
  expect(second.id).not.toBe(first.id);
});
