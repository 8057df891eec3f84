import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { ArrayMinSize, ArrayUnique, IsArray, IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { Unknown } from '@cairn/access/denied.js';
import { Cursors, IsCursor } from '@cairn/access/cursors.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { maskedRoles, roles, type Role } from '@cairn/access/roles.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import { IsId } from '@cairn/kernel/ids.js';
import { IsInstant } from '@cairn/kernel/instant.js';
import { Refused } from '@cairn/kernel/refused.js';
import { accessAt } from '../access-at.js';
import { CLOCK, type Clock } from '../case-record.js';
import { RecordOversight } from '../record-oversight.js';
import { staffEvents, staffId, staffIdForm } from '../staff/events.js';
import { conductEntry } from '../staff-views.js';
import { apart, TellingBody } from '../telling.js';
import { accountKey } from './account-key.js';
import { accounts, grantsAt, standingAt, type AccountCommand, type AccountState } from './accounts.js';
import { AccountRow } from './accounts.read.js';
import { AccessGranted, AccessRevoked } from './events.js';
import * as example from './examples.js';

class AccountPath {
  @IsString() @IsNotEmpty() @MaxLength(255) account: string;
}
class GrantPath extends AccountPath {
  @IsId() grant: string;
}
class Because extends PickType(TellingBody, ['because']) {}
class GrantBody extends IntersectionType(OmitType(AccessGranted, ['account', 'grant', 'roles']), Because) {
  @IsArray() @ArrayMinSize(1) @ArrayUnique() @IsIn(roles, { each: true }) roles: Role[];
}
class RevocationBody extends IntersectionType(OmitType(AccessRevoked, ['account']), Because) {}
class AtQuery {
  /** An RFC 3339 instant. */
  @IsInstant() at: string;
  @IsOptional() @Matches(staffId, { message: staffIdForm }) staff?: string;
}
class AccountsQuery {
  /** At most this many; 100 when left out. */
  @IsOptional() @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'limit must be a number from 1 to 200' }) limit?: string;
  @IsCursor() cursor?: string;
}

@ApiTags('accounts')
@Controller('v1/accounts')
export class AccountsController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly journal: Journal,
    private readonly database: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Answers('Accounts', { example: example.accounts, query: AccountsQuery, summary: 'The accounts that access was ever granted to or withdrawn from, and how each stands' })
  async list(@AskedBy() asking: Asking, @Query() { limit = '100', cursor }: AccountsQuery) {
    const query = this.database.createQueryBuilder(AccountRow, 'a').orderBy('a.account').limit(Number(limit) + 1);
    const [after] = this.cursors.open('accounts', cursor) ?? [];
    if (after !== undefined) query.andWhere('a.account > :after', { after });
    const rows = await query.getMany();
    const shown = rows.slice(0, Number(limit));
    const last = shown.at(-1);
    const next = rows.length > shown.length && last && { next: this.cursors.seal('accounts', [last.account]) };
    return disclosed(asking, [], { items: shown.map(({ subject, state }) => this.standing(subject, state)), ...next });
  }

  @Get(':account')
  @Answers('Accounts', { example: example.one, summary: 'An account: its grants, how it stands, and everything recorded of it' })
  async read(@AskedBy() asking: Asking, @Param() { account }: AccountPath) {
    const entries = await this.journal.history([[accounts, accountKey(account)]]);
    if (entries.length === 0) throw new Unknown('account');
    return disclosed(asking, [], { ...this.standing(account, await this.journal.state(accounts, accountKey(account))), entries: entries.map(conductEntry) });
  }

  @Get(':account/access')
  @Answers('Accounts', {
    example: example.inForce,
    query: AtQuery,
    summary: 'What an account could do at an instant, by what the record knew then',
    description: 'Grants in force together; the engagements of the member of staff they name, or of `staff`. With `unrecorded` its token alone said what it may.',
  })
  async access(@AskedBy() asking: Asking, @Param() { account }: AccountPath, @Query() { at, staff: id }: AtQuery) {
    const history = await this.journal.history([[accounts, accountKey(account)]]);
    const { staff: named } = accessAt({ account: history, person: [] }, at);
    const member = id ?? named;
    const person = member === undefined ? [] : await this.journal.history([[{ events: staffEvents }, member]]);
    return disclosed(asking, [], { account, at, ...accessAt({ account: history, person }, at) });
  }

  @Put(':account/grants/:grant')
  @Records('GrantAccess', {
    summary: 'Access is given, for a purpose and perhaps until an instant',
    description: 'The sign-in service issues the tokens; this is why, it ends what was withdrawn, and from then on the account has no more than grants and token both give. Nobody is granted anything by themselves. `account` is the subject of the tokens, percent-encoded.',
    body: GrantBody,
    example: example.access,
  })
  grant(@AskedBy() asking: Asking, @Param() { account, grant }: GrantPath, @Body() body: GrantBody) {
    const masked = body.roles.filter((role) => maskedRoles.includes(role));
    if (masked.length > 0 && masked.length < body.roles.length)
      throw new Refused('mixed-masking', `Nobody may hold a masked role (${masked.join(', ')}) beside one that may learn the allocation. Grant one or the other.`);
    ofAnother(asking, account);
    return this.record(asking, account, body, { type: 'GrantAccess', facts: { ...apart(body).facts, account, grant } });
  }

  @Put(':account/revocation')
  @Records('RevokeAccess', {
    summary: 'Access is withdrawn, from this instant on',
    description: 'Every request under this account is refused until access is granted again, whatever its token says. Nobody withdraws their own.',
    body: RevocationBody,
    example: example.revocation,
  })
  revoke(@AskedBy() asking: Asking, @Param() { account }: AccountPath, @Body() body: RevocationBody) {
    ofAnother(asking, account);
    return this.record(asking, account, body, { type: 'RevokeAccess', facts: { ...apart(body).facts, account } });
  }

  private standing(account: string, state: AccountState) {
    const now = Date.parse(this.clock());
    const flags = state.over.map((grant) => ({ grant, flags: ['ended-before-given'] }));
    return { account, standing: standingAt(state, now), grants: grantsAt(state, now), ...(state.revoked && { revoked: state.revoked.reason }), flags };
  }

  private record(asking: Asking, account: string, { because }: Because, command: AccountCommand): Promise<Receipt> {
    const key = accountKey(account);
    return this.bus.execute(
      new RecordOversight(asking, [accounts, key], { ...(because && { because }) }, (transaction, circumstances) => transaction.decide(accounts, key, command, circumstances)),
    );
  }
}

/** Nobody gives themselves access, and the last administrator cannot shut the door behind them. @throws Refused */
function ofAnother({ caller }: Asking, account: string): void {
  if (account === caller.id) throw new Refused('own-access', 'This is your own access. Ask another administrator to change it.');
}
