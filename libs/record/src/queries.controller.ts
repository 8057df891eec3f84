import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import { IsId } from '@cairn/kernel/ids.js';
import { ParticipantPath } from './telling.js';
import { queryRecipients, queryTopics } from './review/events.js';
import * as example from './review/examples.js';
import { Queries } from './queries.js';
import { Reach } from './reach.js';
import { Signatures } from './review/signatures.js';

class OpenQueriesQuery {
  /** Whom they ask. */
  @IsOptional() @IsIn(queryRecipients) to?: string;
  @IsOptional() @IsIn(queryTopics) topic?: string;
  @IsOptional() @MaxLength(40) site?: string;
  /** At most this many; 50 when left out. */
  @IsOptional() @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'limit must be a number from 1 to 200' }) limit?: string;
  @IsCursor() cursor?: string;
}
class EntryPath {
  @IsId() participant: string;
  @IsId() event: string;
}

@ApiTags('review')
@Controller('v1')
export class QueriesController {
  constructor(
    private readonly queries: Queries,
    private readonly signed: Signatures,
    private readonly reach: Reach,
  ) {}

  @Get('queries')
  @Answers('OpenQueries', { example: example.openQueries, query: OpenQueriesQuery, summary: 'The open queries of everyone you may see, the oldest first', description: 'Page on with `cursor` from `next`.' })
  async open(@AskedBy() asking: Asking, @Query() { limit, ...filter }: OpenQueriesQuery) {
    const page = await this.queries.open(asking, { ...filter, limit: Number(limit ?? 50) });
    return disclosed(asking, [...new Set(page.items.map(({ participant }) => participant))], page);
  }

  @Get('participants/:participant/queries')
  @Answers('Queries', { example: example.queries, summary: 'Every query of a participant, with its answer and how it was resolved' })
  async ofParticipant(@AskedBy() asked: Asking, @Param() { participant }: ParticipantPath) {
    const { asking } = await this.reach.check(asked, participant);
    return disclosed(asking, [participant], { items: await this.queries.of(asking, participant) });
  }

  @Get('participants/:participant/entries/:event/signatures')
  @Answers('Signatures', { example: example.signatures, summary: 'Who has signed an entry, and whether what they signed is what stands', description: '`matches` is the digest of the signature against the entries as they stand now (21 CFR 11.70).' })
  async signatures(@AskedBy() asked: Asking, @Param() { participant, event }: EntryPath) {
    const { asking } = await this.reach.check(asked, participant);
    return disclosed(asking, [participant], { entry: event, signatures: await this.signed.of(asking, participant, event) });
  }
}
