import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import { IsId } from '@cairn/kernel/ids.js';
import * as example from './examples.js';
import type { Sink } from './live-reader.js';
import { Live } from './live.js';

class LiveQuery {
  @IsOptional() @IsId() participant?: string;
  @IsOptional() @MaxLength(40) site?: string;
  /** How long to listen at most, in seconds; until the token ends when left out. */
  @IsOptional() @Matches(/^[1-9]\d{0,4}$/, { message: 'seconds must be a number from 1 to 99999' }) seconds?: string;
}

const LONGEST_MS = 12 * 3_600_000;

@ApiTags('reading')
@Controller('v1/events')
export class LiveController {
  constructor(private readonly live: Live) {}

  @Get()
  @Answers('Live', {
    summary: 'What is recorded, as it is recorded: server-sent events',
    description:
      'Each event is named `recorded`, its id is the entry’s, its data the entry as you may see it. After an interruption send the last id as `Last-Event-ID` (browsers do) and nothing is missed; any entry id you have seen will do. ' +
      'A comment every 15 seconds says that the stream lives. The stream ends with your token; a reader that does not keep up is let go and can resume.',
    query: LiveQuery,
    example: example.live,
    produces: ['text/event-stream'],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last entry you have seen: what came after it is sent first.' })
  async follow(@AskedBy() asking: Asking, @Query() { participant, site, seconds }: LiveQuery, @Headers('last-event-id') lastSeen: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const filter = { participant, site, ...(lastSeen !== undefined && lastSeen !== '' && { lastSeen }) };
    const beginning = await this.live.begin(asking, filter);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    // The first bytes tell the client that it is connected, and how soon to come back.
    raw.write('retry: 2000\n\n');
    const reader = this.live.listen(asking, filter, beginning, sinkOf(raw));
    const untilToken = (asking.caller.expiresAt ?? Infinity) - Date.now();
    const timer = setTimeout(() => this.live.leave(reader), Math.max(0, Math.min(untilToken, Number(seconds ?? Infinity) * 1000, LONGEST_MS)));
    raw.once('close', () => {
      clearTimeout(timer);
      this.live.leave(reader);
    });
  }
}

/** A response as a sink: what it does not take is not kept here. */
export function sinkOf(response: ServerResponse): Sink {
  return {
    write: (text) => response.write(text),
    drained: async () => {
      if (response.destroyed || response.writableEnded) return;
      const gone = new AbortController();
      const close = () => gone.abort();
      response.once('close', close);
      await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
      response.off('close', close);
    },
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  };
}
