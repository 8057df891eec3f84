import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Forbidden } from '@cairn/access/denied.js';
import { granted, seesGroup, type CommandName } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import { mayRemark } from '@cairn/access/told-by.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { IsId } from '@cairn/kernel/ids.js';
import { Invalid, Refused } from '@cairn/kernel/refused.js';
import type { Aspect } from '../aspects.js';
import { RecordOnCase, type Case, type Sought } from '../case-record.js';
import { Places } from '../places.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { DataSigned, ProtocolDeviationRecorded, QueryAnswered, QueryClosed, queryRecipients, QueryRaised } from './events.js';
import * as example from './examples.js';
import { reviewOf, type RemarkCommand, type Standing } from './review.js';
import { digestOf } from './signing.js';

class EntryPath extends ParticipantPath {
  @IsId() event: string;
}
class QueryPath extends ParticipantPath {
  @IsId() query: string;
}
class DeviationPath extends ParticipantPath {
  @IsId() deviation: string;
}
class SignaturePath extends ParticipantPath {
  @IsId() signature: string;
}
/** What it is about, when no entry says so: one of the case's streams. */
class About {
  @IsOptional() @Matches(/^[a-z]{1,20}$/, { message: 'about must name a stream of the case: participant, support, workbook, acute' }) about?: string;
}
class DismissalBody extends TellingBody {
  /** The entries that seem to repeat this one, and do not. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(19) @ArrayUnique() @IsId({ each: true }) others: string[];
}
class QueryBody extends IntersectionType(OmitType(QueryRaised, ['query', 'entries']), PartialType(PickType(QueryRaised, ['entries'])), About, TellingBody) {}
class AnswerBody extends IntersectionType(OmitType(QueryAnswered, ['query']), TellingBody) {}
class ClosureBody extends IntersectionType(OmitType(QueryClosed, ['query']), TellingBody) {}
class DeviationBody extends IntersectionType(OmitType(ProtocolDeviationRecorded, ['deviation']), About, TellingBody) {}
class SignatureBody extends IntersectionType(PickType(DataSigned, ['meaning', 'entries']), TellingBody) {
  /** Your own id, as your token has it: nobody signs for another. */
  @IsString() @IsNotEmpty() @MaxLength(255) signer: string;
}

/** What a remark is decided on: the case, and the entries of its stream that stand. */
type Remarking = (theCase: Case, standing: Standing, aspect: Aspect) => RemarkCommand;

/** A query is answered by somebody who sees it. @throws Refused */
function mustBeSeen(to: (typeof queryRecipients)[number], side: Aspect['events']): void {
  const sees = (role: Role) => seesGroup({ roles: [role] }, side);
  if (!sees(to)) throw new Refused('query-unseen', `A ${to} does not see the ${side.stream} stream, so nobody could answer this. Ask one who does: ${queryRecipients.filter(sees).join(', ')}.`);
}

/** What people say about entries. ICH E6(R3) 4.2.4; 21 CFR 11.50, 11.70. */
@ApiTags('review')
@Controller('v1/participants/:participant')
export class ReviewController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly places: Places,
  ) {}

  @Put('entries/:event/attestation')
  @Records('AttestEntry', { summary: 'Stand for an entry that came late, offline, or from somebody who has left', body: TellingBody, example: example.attestation })
  async attest(@AskedBy() asking: Asking, @Param() { participant, event: entry }: EntryPath, @Body() body: TellingBody): Promise<Receipt> {
    const on = await this.places.ofEntries(asking.caller, [entry]);
    return this.remark('AttestEntry', asking, participant, body, on, { what: 'entry', entries: [entry] }, (theCase, standing, aspect) => {
      const author = theCase.standing(aspect).find(({ id }) => id === entry)?.actor.id;
      if (author === asking.caller.id) throw new Refused('own-entry', 'Nobody stands for an entry of their own. Ask another supervisor, or the data manager.');
      return { type: 'AttestEntry', occurred: theCase.told, entry, standing };
    });
  }

  @Put('duplicates/:event/dismissal')
  @Records('DismissDuplicate', { summary: 'These entries seem to be one fact told twice; they are not', description: 'Flags and queries about it close. When they are, void one of them instead.', body: DismissalBody, example: example.dismissal })
  async dismiss(@AskedBy() asking: Asking, @Param() { participant, event }: EntryPath, @Body() body: DismissalBody): Promise<Receipt> {
    const entries = [...new Set([event, ...body.others])];
    if (entries.length < 2) throw new Invalid([{ field: 'others', message: 'must name another entry than the one in the address' }]);
    const on = await this.places.ofEntries(asking.caller, entries);
    return this.remark('DismissDuplicate', asking, participant, body, on, { what: 'entry', entries }, ({ told }, standing) => ({ type: 'DismissDuplicate', occurred: told, entries, standing }));
  }

  @Put('queries/:query')
  @Records('RaiseQuery', { summary: 'Ask somebody to look at entries, or at a side of the case', description: 'It stands on the stream of its entries; without entries on the one that `about` names. Who does not see that stream is not asked (`query-unseen`).', body: QueryBody, example: example.query })
  async raise(@AskedBy() asking: Asking, @Param() { participant, query }: QueryPath, @Body() body: QueryBody): Promise<Receipt> {
    const { about, entries = [], ...facts } = apart(body).facts;
    const on = await this.sideOf(asking, entries, about);
    return this.remark('RaiseQuery', asking, participant, body, on, { what: 'entry', entries }, ({ told }, standing, { events }) => {
      mustBeSeen(facts.to, events);
      return { type: 'RaiseQuery', occurred: told, facts: { ...facts, query, entries }, standing };
    });
  }

  @Put('queries/:query/answer')
  @Records('AnswerQuery', { summary: 'Answer a query', description: 'It stays open until somebody closes it, or what it is about is settled.', body: AnswerBody, example: example.answer })
  async answer(@AskedBy() asking: Asking, @Param() { participant, query }: QueryPath, @Body() body: AnswerBody): Promise<Receipt> {
    const on = await this.places.ofQuery(asking.caller, participant, query);
    return this.remark('AnswerQuery', asking, participant, body, on, { what: 'query' }, ({ told }) => ({ type: 'AnswerQuery', occurred: told, facts: { query, text: body.text } }));
  }

  @Put('queries/:query/closure')
  @Records('CloseQuery', { summary: 'Close a query, with how it was resolved', body: ClosureBody, example: example.closure })
  async close(@AskedBy() asking: Asking, @Param() { participant, query }: QueryPath, @Body() body: ClosureBody): Promise<Receipt> {
    const on = await this.places.ofQuery(asking.caller, participant, query);
    return this.remark('CloseQuery', asking, participant, body, on, { what: 'query' }, ({ told }) => ({ type: 'CloseQuery', occurred: told, facts: { query, resolution: body.resolution } }));
  }

  @Put('deviations/:deviation')
  @Records('RecordDeviation', { summary: 'Something was not done as the protocol has it', description: 'What it is about stays recorded.', body: DeviationBody, example: example.deviation })
  async deviate(@AskedBy() asking: Asking, @Param() { participant, deviation }: DeviationPath, @Body() body: DeviationBody): Promise<Receipt> {
    const { about, ...facts } = apart(body).facts;
    const entries = facts.entry === undefined ? [] : [facts.entry];
    const on = await this.sideOf(asking, entries, about);
    return this.remark('RecordDeviation', asking, participant, body, on, { what: 'entry', entries }, ({ told }, standing) => ({ type: 'RecordDeviation', occurred: told, facts: { ...facts, deviation }, standing }));
  }

  @Put('signatures/:signature')
  @Records('Sign', {
    summary: 'Sign entries as they stand, with what the signature means',
    description: 'Bound to their content by a digest, and to the caller by their token (21 CFR 11.50, 11.70). When one of them is changed it falls; sign anew under another id.',
    body: SignatureBody,
    example: example.signature,
  })
  async sign(@AskedBy() asking: Asking, @Param() { participant, signature }: SignaturePath, @Body() { signer, meaning, entries, ...telling }: SignatureBody): Promise<Receipt> {
    const on = await this.places.ofEntries(asking.caller, entries);
    return this.remark('Sign', asking, participant, telling, on, { what: 'entry', entries }, (theCase, standing, side) => {
      const { id, name } = asking.caller;
      if (signer !== id) throw new Refused('not-your-signature', `You are signed in as ${id}, and nobody signs for another. Let ${signer} sign with a token of their own.`);
      if (name === undefined) throw new Refused('signer-unnamed', 'Your token carries no name to print beside the signature. Ask whoever runs the sign-in service to add it.');
      const signed = theCase.standing(side).filter((entry) => entries.includes(entry.id));
      if (signed.some(({ registration }) => registration !== undefined)) throw new Refused('other-registration', 'Some of these were recorded under a registration that was merged into this one. Sign them there, where a change of them is recorded as well.');
      const digest = digestOf(signed);
      return { type: 'Sign', occurred: theCase.told, facts: { signature, meaning, entries: [...entries].sort(), digest, name }, signer, standing };
    });
  }

  /** Of the entries, or the one named. @throws Invalid when neither is there, or the caller may not see such a side */
  private async sideOf({ caller }: Asking, entries: readonly string[], about: string | undefined): Promise<Aspect[]> {
    if (entries.length > 0) return this.places.ofEntries(caller, entries);
    const sides = this.places.visible(caller);
    const side = sides.find(({ events }) => events.stream === about);
    if (!side) throw new Invalid([{ field: 'about', message: `must name a side of the case where no entry is named: ${sides.map(({ events }) => events.stream).join(', ')}` }]);
    return [side];
  }

  private remark(command: CommandName, asking: Asking, participant: string, body: TellingBody, on: readonly Aspect[], sought: Sought, remarking: Remarking): Promise<Receipt> {
    const [aspect, ...others] = on;
    // A remark carries the role that may make it here: a worker's on a stream that masked roles see would tell them the arm.
    const may = aspect ? granted(mayRemark(command, aspect.events), asking.caller) : [];
    const through = may.length > 0 ? { ...asking, roles: may } : asking;
    return this.bus.execute(
      new RecordOnCase(through, participant, apart(body).telling, on, (theCase) => {
        if (!aspect) return;
        if (may.length === 0) throw new Forbidden(`${asking.roles.join(', ')} may not do this on ${aspect.events.stream} streams, which masked roles see. Ask the data manager.`);
        if (others.length > 0) throw new Refused('several-streams', 'These entries are on several streams, and what is said of them stands beside them. Say it once for each stream.');
        theCase.decide(reviewOf(aspect.events), remarking(theCase, new Set(theCase.standing(aspect).map(({ id }) => id)), aspect));
      }, sought),
    );
  }
}
