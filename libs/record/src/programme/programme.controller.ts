import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, OmitType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Unknown } from '@cairn/access/denied.js';
import { seesClass } from '@cairn/access/policy.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import { disclosed } from '@cairn/access/disclosed.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import * as example from './examples.js';
import { AmendmentApproved, DatasetLocked, DatasetUnlocked, ProgrammeRegistered, ProtocolVersionPublished, SiteActivated, slug, slugForm, Unblinded, versionLabel, WorkbookVersionPublished } from './events.js';
import { programme, type ProgrammeCommand, type ProgrammeState } from './programme.js';
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
class DatasetPath extends ProgrammePath {
  @Matches(slug, { message: slugForm }) dataset: string;
}
class ProgrammeBody extends ProgrammeRegistered {}
class ProtocolBody extends OmitType(ProtocolVersionPublished, ['version']) {}
class WorkbookBody extends OmitType(WorkbookVersionPublished, ['version']) {}
class SiteBody extends OmitType(SiteActivated, ['site']) {}
class ApprovalBody extends OmitType(AmendmentApproved, ['protocolVersion']) {}
class LockBody extends OmitType(DatasetLocked, ['dataset']) {}
class UnlockBody extends OmitType(DatasetUnlocked, ['dataset']) {}
class UnblindBody extends Unblinded {}

@ApiTags('programme')
@Controller('v1/programmes/:programme')
export class ProgrammeController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly journal: Journal,
  ) {}

  @Get()
  @Answers('Programme', { summary: 'The programme: its protocol and workbook versions with their approvals, its sites, its locked datasets, and whether it is unblinded', example: example.answer })
  async read(@AskedBy() asking: Asking, @Param() { programme: id }: ProgrammePath) {
    const { registered, datasets, ...state } = await this.journal.state(programme, id);
    if (!registered) throw new Unknown('programme');
    return disclosed(asking, [], { programme: id, ...registered, ...state, datasets: datasetsFor(asking, datasets) });
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
    description: 'Sent again with a later version and date it activates the amendment there, once that is approved; what was recorded before keeps its version (ICH E6(R3) 4.3.5).',
    body: SiteBody,
    example: example.site,
  })
  site(@AskedBy() asking: Asking, @Param() { programme, site }: SitePath, @Body() body: SiteBody) {
    return this.record(asking, programme, { type: 'ActivateSite', facts: { ...body, site } });
  }

  @Put('protocols/:version/approval')
  @Records('ApproveAmendment', { summary: 'An amended protocol version was approved', description: 'Before it, no site can be activated with any version but the first.', body: ApprovalBody, example: example.approval })
  approve(@AskedBy() asking: Asking, @Param() { programme, version }: VersionPath, @Body() body: ApprovalBody) {
    return this.record(asking, programme, { type: 'ApproveAmendment', facts: { ...body, protocolVersion: version } });
  }

  @Put('datasets/:dataset/lock')
  @Records('LockDataset', { summary: 'A cut was locked for an analysis', description: '`manifest` and `position` are those of the cut; they are not shown to masked roles. 400 where the record has no such position.', body: LockBody, example: example.lock })
  lock(@AskedBy() asking: Asking, @Param() { programme, dataset }: DatasetPath, @Body() body: LockBody) {
    return this.record(asking, programme, { type: 'LockDataset', facts: { ...body, dataset } });
  }

  @Put('datasets/:dataset/unlocking')
  @Records('UnlockDataset', { summary: 'A locked dataset was unlocked', description: 'The cut itself stays what it is; another can then be locked under the same id.', body: UnlockBody, example: example.unlocking })
  unlock(@AskedBy() asking: Asking, @Param() { programme, dataset }: DatasetPath, @Body() body: UnlockBody) {
    return this.record(asking, programme, { type: 'UnlockDataset', facts: { ...body, dataset } });
  }

  @Put('unblinding')
  @Records('Unblind', { summary: 'The programme was unblinded', description: 'From then on analysts see the arms. It cannot be undone.', body: UnblindBody, example: example.unblinding })
  unblind(@AskedBy() asking: Asking, @Param() { programme }: ProgrammePath, @Body() facts: UnblindBody) {
    return this.record(asking, programme, { type: 'Unblind', facts });
  }

  private record(asking: Asking, programme: string, command: ProgrammeCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnProgramme(asking, programme, command));
  }
}

/** What identifies a cut is for those who may see blinded fields. */
function datasetsFor({ roles }: Asking, datasets: ProgrammeState['datasets']) {
  if (seesClass(roles, 'blinded')) return datasets;
  return Object.fromEntries(Object.entries(datasets).map(([id, { manifest: _, position: __, ...dataset }]) => [id, dataset]));
}
