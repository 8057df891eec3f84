import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, OmitType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Unknown } from '@cairn/access/denied.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import { disclosed } from '@cairn/access/disclosed.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import * as example from './examples.js';
import { ProgrammeRegistered, ProtocolVersionPublished, SiteActivated, slug, slugForm, versionLabel, WorkbookVersionPublished } from './events.js';
import { programme, type ProgrammeCommand } from './programme.js';
import { RecordOnProgramme } from './record-on-programme.js';

class ProgrammePath {
  @Matches(slug, { message: slugForm }) programme: string;
}
class VersionPath extends ProgrammePath {
  @Matches(versionLabel, { message: '$property must be a label such as 1 or 2.1' }) version: string;
}
class SitePath extends ProgrammePath {
  @Matches(slug, { message: slugForm }) site: string;
}
class ProgrammeBody extends ProgrammeRegistered {}
class ProtocolBody extends OmitType(ProtocolVersionPublished, ['version']) {}
class WorkbookBody extends OmitType(WorkbookVersionPublished, ['version']) {}
class SiteBody extends OmitType(SiteActivated, ['site']) {}

@ApiTags('programme')
@Controller('v1/programmes/:programme')
export class ProgrammeController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly journal: Journal,
  ) {}

  @Get()
  @Answers('Programme', { summary: 'The programme: its protocol and workbook versions and its sites', example: example.programme })
  async read(@AskedBy() asking: Asking, @Param() { programme: id }: ProgrammePath) {
    const { registered, ...state } = await this.journal.state(programme, id);
    if (!registered) throw new Unknown('programme');
    return disclosed(asking, [], { programme: id, ...registered, ...state });
  }

  @Put()
  @Records('RegisterProgramme', { summary: 'Register a programme', body: ProgrammeBody, example: example.programme })
  register(@AskedBy() asking: Asking, @Param() { programme }: ProgrammePath, @Body() facts: ProgrammeBody) {
    return this.record(asking, programme, { type: 'RegisterProgramme', facts });
  }

  @Put('protocols/:version')
  @Records('PublishProtocolVersion', {
    summary: 'Publish a protocol version',
    description: 'Immutable once published: a programme changes by a new version, in force at a site from its activation.',
    body: ProtocolBody,
    example: example.protocol,
  })
  protocol(@AskedBy() asking: Asking, @Param() { programme, version }: VersionPath, @Body() body: ProtocolBody) {
    return this.record(asking, programme, { type: 'PublishProtocolVersion', facts: { ...body, version } });
  }

  @Put('workbooks/:version')
  @Records('PublishWorkbookVersion', { summary: 'Publish a version of the recovery workbook', body: WorkbookBody, example: example.workbook })
  workbook(@AskedBy() asking: Asking, @Param() { programme, version }: VersionPath, @Body() body: WorkbookBody) {
    return this.record(asking, programme, { type: 'PublishWorkbookVersion', facts: { ...body, version } });
  }

  @Put('sites/:site')
  @Records('ActivateSite', {
    summary: 'Activate a protocol version at a site from a date',
    description: 'Sent again with a later version and date it activates the amendment there; what was recorded before keeps its version (ICH E6(R3) 4.3.5).',
    body: SiteBody,
    example: example.site,
  })
  site(@AskedBy() asking: Asking, @Param() { programme, site }: SitePath, @Body() body: SiteBody) {
    return this.record(asking, programme, { type: 'ActivateSite', facts: { ...body, site } });
  }

  private record(asking: Asking, programme: string, command: ProgrammeCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnProgramme(asking, programme, command));
  }
}
