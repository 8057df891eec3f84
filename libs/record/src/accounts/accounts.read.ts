import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { accounts, type AccountState } from './accounts.js';
import { accountEvents, type AccountEvent } from './events.js';

/** An account as the rules themselves know it: what is in force is worked out when asked. */
@Entity({ schema: 'read', name: 'accounts' })
export class AccountRow implements Row {
  /** As the name of its stream has it. */
  @PrimaryColumn('text') account: string;
  @Column('bigint') position: number;
  /** The subject of its tokens. */
  @Column('text') subject: string;
  @Column('jsonb') state: AccountState;
}

export const accountRows = readModel(
  AccountRow,
  [accountEvents],
  {
    initial: { subject: '', state: accounts.initial },
    every: (row, entry) => (entry.erased ? row : { ...row, subject: (entry as EntryOf<AccountEvent>).data.account, state: accounts.evolve(row.state, entry as EntryOf<AccountEvent>) }),
  },
  {},
);
