import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AccessLog } from './access-log.js';
import { Cursors, IsCursor } from './cursors.js';
import { disclosed } from './disclosed.js';
import { Answers, AskedBy, type Asking } from './routes.js';

class AccessLogQuery {
  @IsOptional() @IsId() participant?: string;
  @IsOptional() @MaxLength(200) actor?: string;
  /** RFC 3339 instants, both inclusive. */
  @IsOptional() @MaxLength(40) from?: string;
  @IsOptional() @MaxLength(40) until?: string;
  @IsCursor() cursor?: string;
  @IsOptional() @Matches(/^([1-9]\d?|[1-4]\d\d|500)$/, { message: 'limit must be a number from 1 to 500' }) limit?: string;
}

const example = {
  items: [{ id: '1024', at: '2026-11-23T13:52:48.264191Z', actor: 'auditor', roles: ['auditor'], sites: ['s1'], method: 'GET', route: '/v1/participants/:participant/history', participants: ['7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10'], requestId: 'ffc752be-161a-4571-96bc-e4b0fb4d2f17', outcome: 'disclosed' }],
  next: 'nQ0c5mZ1p4xkq0lM0wYxT7hO3cVj8eXn2aKfDg',
};

const LIST = 'access-log';

@ApiTags('oversight')
@Controller('v1/access-log')
export class AccessLogController {
  constructor(
    private readonly log: AccessLog,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Answers('AccessLog', { summary: 'Who read whom, when, by which route; newest first', description: 'Reading this log is logged as well. Page on with `cursor` from `next`.', query: AccessLogQuery, example })
  async read(@AskedBy() asking: Asking, @Query() { cursor, limit, ...filter }: AccessLogQuery) {
    const [before] = this.cursors.open(LIST, cursor) ?? [];
    const { items, next } = await this.log.query({ ...filter, before, limit: Number(limit ?? 100) });
    return disclosed(asking, [], { items, ...(next !== undefined && { next: this.cursors.seal(LIST, [next]) }) });
  }
}
