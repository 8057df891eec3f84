import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@cairn/access/authenticate.js';
import { Followers, type FollowersStatus } from '@cairn/journal/followers.js';

/** For whoever watches over the process: nothing of any participant. */
@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  constructor(private readonly followers: Followers) {}

  /** The process lives. */
  @Get('health')
  health() {
    return { status: 'ok' };
  }

  /** It can do its work: the log can be reached, and the read models and the processes follow it. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const status = await this.followers.status();
    const { working, head, readModels: { active, position, lagMs, stopped } } = status;
    const processes = standing(status);
    const ready = working && head !== undefined && stopped === undefined && processes.stopped === undefined;
    void reply.status(ready ? 200 : 503);
    return {
      status: ready ? 'ready' : 'not-ready',
      log: head === undefined ? 'unreachable' : 'reachable',
      following: working ? 'working' : 'starting',
      readModels: { keptHere: active, behind: head === undefined ? null : Math.max(0, head - position), ...(lagMs !== undefined && { lagMs: Math.round(lagMs) }), ...(stopped !== undefined && { stopped }) },
      processes,
    };
  }
}

/** How far the processes are behind, the last of them; those that have something to tell, by name. */
function standing({ head, processes: { active, processes } }: FollowersStatus) {
  const behind = (position: number) => (head === undefined ? null : Math.max(0, head - position));
  const stopped = processes.flatMap((each) => each.stopped ?? []);
  return {
    runHere: active,
    behind: head === undefined ? null : Math.max(0, ...processes.map(({ position }) => head - position)),
    each: Object.fromEntries(processes.map(({ name, position, refused }) => [name, { behind: behind(position), refused }])),
    ...(stopped.length > 0 && { stopped: stopped.join(' ') }),
  };
}
