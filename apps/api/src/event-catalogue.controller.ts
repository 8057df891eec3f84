import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@cairn/access/authenticate.js';
import { catalogues } from '@cairn/record/aspects.js';
import { describeEnvelope, describeEvents } from './event-catalogue.js';
import { eventPage, eventPageHeaders } from './event-page.js';

/** What can be recorded, for people and for programs. It tells of declarations alone, so it is open as the API's own documentation is. */
@ApiExcludeController()
@Public()
@Controller('docs')
export class EventCatalogueController {
  @Get('events')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(eventPageHeaders);
    return eventPage(describeEvents(catalogues), describeEnvelope());
  }

  @Get('events.json')
  json() {
    return { streams: describeEvents(catalogues), envelope: describeEnvelope() };
  }
}
