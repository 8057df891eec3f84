import { Body, Controller, Inject, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { disclosed, type Disclosed } from '@cairn/access/disclosed.js';
import { Forbidden, PreconditionNeeded, Unknown } from '@cairn/access/denied.js';
import { granted } from '@cairn/access/policy.js';
import { mayCorrect } from '@cairn/access/told-by.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { voidReasons, type VoidReason } from '@cairn/kernel/corrections.js';
import { inZone, settle } from '@cairn/kernel/occurred.js';
import type { Aspect } from './aspects.js';
import { CLOCK, RecordOnCase, RecordOnCaseHandler, touchedBy, type Case, type Clock } from './case-record.js';
import { Places } from './places.js';
import { isPreview, PreviewQuery, Previews, type Preview } from './preview.js';
import { OccurredBody, ReasonBody } from './telling.js';

class EntryPath {
  @IsId() participant: string;
  @IsId() event: string;
}
class AmendBody {
  /** The whole new value, as the entry's own type has it. */
  @IsObject() data: object;
  /** When it really happened; unchanged when left out. */
  @IsOptional() @ValidateNested() @Type(() => OccurredBody) occurred?: OccurredBody;
  @IsObject() @ValidateNested() @Type(() => ReasonBody) reason: ReasonBody;
}
class VoidBody {
  @IsIn(voidReasons) why: VoidReason;
  @IsOptional() @ValidateNested() @Type(() => ReasonBody) reason?: ReasonBody;
}

class ReattributeBody {
  /** The participant the entry belongs to. */
  @IsId() to: string;
  @IsObject() @ValidateNested() @Type(() => ReasonBody) reason: ReasonBody;
}

/** ICH E6(R3) 4.2.4: corrections are attributed, justified and timely, and the former value stays readable. */
@ApiTags('corrections')
@Controller('v1/participants/:participant/entries/:event')
export class CorrectionsController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly recording: RecordOnCaseHandler,
    private readonly previews: Previews,
    private readonly places: Places,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('amend')
  @Records('CorrectEntry', {
    summary: 'Amend an entry: the whole new value, with a reason',
    description: 'Always names the original entry; the latest amendment wins; both values stay readable.',
    body: AmendBody,
    query: PreviewQuery,
    example: { data: { session: '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', minutes: 45, mode: 'telephone', worker: 'w1', punctuality: 'on-time' }, reason: { code: 'entry-error', text: 'It was a call.' } },
  })
  amend(@AskedBy() asking: Asking, @Param() path: EntryPath, @Query() query: PreviewQuery, @Body() { data, occurred, reason }: AmendBody) {
    return this.correct(asking, path, query, reason, (theCase, aspect) => theCase.correct(aspect, {
      type: 'AmendEntry',
      entry: path.event,
      data: 'plannedStart' in data && typeof data.plannedStart === 'string' ? { ...data, plannedStart: inZone(data.plannedStart, theCase.zone, 'data.plannedStart') } : data,
      ...(occurred && { occurred: settle(occurred, theCase.zone, this.clock()) }),
    }));
  }

  @Post('void')
  @Records('CorrectEntry', { summary: 'Void an entry: it should never have been made', description: 'Final. The entry stays readable in the history.', body: VoidBody, query: PreviewQuery, example: { why: 'duplicate' } })
  void(@AskedBy() asking: Asking, @Param() path: EntryPath, @Query() query: PreviewQuery, @Body() { why, reason }: VoidBody) {
    return this.correct(asking, path, query, reason ?? { code: why }, (theCase, aspect) => theCase.correct(aspect, { type: 'VoidEntry', entry: path.event, why }));
  }

  @Post('reattribute')
  @Records('CorrectEntry', {
    summary: 'Give an entry to the participant it belongs to',
    description: 'Recorded on both participants’ streams at once; both histories show it. It is corrected where it stands then. If-Match is the etag of the stream it leaves.',
    body: ReattributeBody,
    query: PreviewQuery,
    example: { to: '9a1f5a52-0d0b-4a52-9c0e-2f6f4d1f8f11', reason: { code: 'wrong-participant', text: 'The visit was to the other one of that name.' } },
  })
  reattribute(@AskedBy() asking: Asking, @Param() path: EntryPath, @Query() query: PreviewQuery, @Body() { to, reason }: ReattributeBody) {
    return this.correct(asking, path, query, reason, (theCase, aspect) => theCase.give(aspect, path.event), to);
  }

  private async correct(asking: Asking, { participant, event: entry }: EntryPath, query: PreviewQuery, reason: ReasonBody, correction: (theCase: Case, aspect: Aspect) => void, receiver?: string): Promise<Receipt | Disclosed<Preview>> {
    const previewed = isPreview(query);
    if (asking.ifMatch === undefined && !previewed) throw new PreconditionNeeded('Send If-Match with the etag of the entry’s stream, as the history or a receipt gave it.');
    const place = await this.places.ofEntry(asking.caller, entry);
    // Unseen or absent, it is on no stream the caller may see: both are answered alike, and before If-Match is judged.
    const aspect = place?.aspect;
    const may = aspect && place ? granted(mayCorrect(aspect.events.stream, place.type), asking.caller) : [];
    // A correction carries the role that may make it: a worker's on a stream that masked roles see would tell them the arm.
    const through = may.length > 0 ? { ...asking, roles: may } : asking;
    const telling = { because: reason };
    const sought = { what: 'entry', entries: [entry], ...(receiver !== undefined && { receiver }) } as const;
    const command = new RecordOnCase(through, participant, telling, aspect ? [aspect] : [], (theCase) => {
      if (!aspect) throw new Unknown('entry');
      if (may.length === 0) throw new Forbidden(`${asking.roles.join(', ')} may not correct ${place?.type ?? 'such'} entries. Ask someone who may record them, or the data manager.`);
      correction(theCase, aspect);
    }, sought);
    if (!previewed) return this.bus.execute(command);
    const whose = touchedBy(participant, sought);
    return disclosed(asking, whose, await this.previews.of(through, await this.recording.workOf(command), whose));
  }
}
