import { alreadyRecorded, type Decider } from '@cairn/kernel/decider.js';
import { instantOf } from '@cairn/kernel/instant.js';
import { named } from '@cairn/kernel/named.js';
import { startOf } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { accountEvents, type AccessGranted, type AccessRevoked, type AccountEvent } from './events.js';

export type AccountCommand = { readonly type: 'GrantAccess'; readonly facts: AccessGranted } | { readonly type: 'RevokeAccess'; readonly facts: AccessRevoked };

export interface AccountState {
  /** Every grant there ever was, by its id: one sent again after a revocation is no new one. */
  readonly grants: Readonly<Record<string, AccessGranted>>;
  /** The ids of those since the last revocation. */
  readonly since: readonly string[];
  /** The ids of those that were over already when they were given. */
  readonly over: readonly string[];
  /** The last revocation, unless access was granted since. */
  readonly revoked?: AccessRevoked;
}

export const accounts: Decider<AccountState, AccountCommand, AccountEvent> = {
  events: accountEvents,
  initial: { grants: {}, since: [], over: [] },

  decide(command, state) {
    switch (command.type) {
      case 'GrantAccess': {
        const known = named(state.grants, command.facts.grant);
        if (known && !same(known, command.facts)) throw alreadyRecorded('This grant');
        return known ? [] : [{ type: 'AccessGranted', data: command.facts }];
      }
      case 'RevokeAccess':
        if (!state.revoked) return [{ type: 'AccessRevoked', data: command.facts }];
        if (same(state.revoked, command.facts)) return [];
        throw new Refused('already-recorded', `This account stands revoked already, for another reason (${state.revoked.reason}). It has no access; nothing more is needed.`);
    }
  },

  evolve({ revoked, ...state }, { type, data, occurred }) {
    switch (type) {
      case 'AccessGranted':
        return { grants: { ...state.grants, [data.grant]: data }, since: [...state.since, data.grant], over: isOver(data, startOf(occurred)) ? [...state.over, data.grant] : state.over };
      case 'AccessRevoked':
        return { ...state, since: [], revoked: data };
    }
  },
};

/** The grants in force at an instant in epoch milliseconds. */
export function grantsAt({ grants, since }: AccountState, instant: number): AccessGranted[] {
  return since.flatMap((id) => named(grants, id) ?? []).filter((grant) => !isOver(grant, instant));
}

function isOver({ until }: AccessGranted, instant: number | undefined): boolean {
  return until !== undefined && instant !== undefined && instant >= (instantOf(until) ?? 0);
}

/** `unrecorded`: no grant on record, so that the token alone says what its bearer may. */
export type AccountStanding = 'unrecorded' | 'granted' | 'expired' | 'revoked';

export function standingAt(state: AccountState, instant: number): AccountStanding {
  if (state.revoked) return 'revoked';
  if (state.since.length === 0) return 'unrecorded';
  return grantsAt(state, instant).length > 0 ? 'granted' : 'expired';
}
