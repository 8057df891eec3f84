import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@cairn/access/authenticate.js';
import { Runner } from '@cairn/journal/runner.js';

/** For whoever watches over the process: nothing of any participant. */
@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  constructor(private readonly runner: Runner) {}

  /** The process lives. */
  @Get('health')
  health() {
    return { status: 'ok' };
  }

  /** It can do its work: the log can be reached, and the read models follow it. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { active, position, head, lagMs, stopped } = await this.runner.status();
    const ready = head !== undefined && stopped === undefined;
    void reply.status(ready ? 200 : 503);
    return {
      status: ready ? 'ready' : 'not-ready',
      log: head === undefined ? 'unreachable' : 'reachable',
      readModels: { keptHere: active, behind: head === undefined ? null : Math.max(0, head - position), ...(lagMs !== undefined && { lagMs: Math.round(lagMs) }), ...(stopped !== undefined && { stopped }) },
    };
  }
}
