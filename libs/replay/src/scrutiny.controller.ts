import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Temporal } from 'temporal-polyfill';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import { IsId } from '@cairn/kernel/ids.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { Differences } from './difference.js';
import { Sight } from './sight/sight.js';
import { Entries } from './entries.js';
import * as example from './scrutiny-examples.js';
import { instantOf, untilOf } from './points.js';
import { toldOf } from './shown.js';
import { REPLAYED, type Replayed } from './replayed.js';

class CasePath {
  @IsId() participant: string;
}
class EntryPath {
  @IsId() participant: string;
  @IsId() event: string;
}
const point = { message: '$property must be a date such as 2026-03-05 or an instant such as 2026-03-05T14:30:00Z' };
class DifferenceQuery {
  /** An RFC 3339 instant, inclusive, or a local date, to the end of that day in the programme's zone. */
  @Matches(/^\d{4}-\d\d-\d\d/, point) from: string;
  @Matches(/^\d{4}-\d\d-\d\d/, point) to: string;
  /** What the record knew (`recorded`, when left out), or what had happened (`happened`). */
  @IsOptional() @IsIn(['recorded', 'happened']) clock?: 'recorded' | 'happened';
}

class SightQuery {
  /** The user's id, as their token has it. */
  @IsString() @IsNotEmpty() @MaxLength(255) user: string;
  /** An RFC 3339 instant, inclusive. */
  @Matches(/^\d{4}-\d\d-\d\dT/, { message: 'at must be an instant such as 2026-03-05T14:30:00Z' }) at: string;
}

/** Looking closely at one case: what changed, one entry whole. */
@ApiTags('reading')
@Controller('v1/participants/:participant')
export class ScrutinyController {
  constructor(
    private readonly differences: Differences,
    private readonly entries: Entries,
    private readonly sight: Sight,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  @Get('replay/difference')
  @Answers('Difference', {
    example: example.difference,
    query: DifferenceQuery,
    summary: 'What changed in the case between two points on either clock',
    description: 'Entries that came, went or were amended (field by field), the state of each aspect and the outcome before and after.',
  })
  async difference(@AskedBy() asked: Asking, @Param() { participant }: CasePath, @Query() { from, to, clock = 'recorded' }: DifferenceQuery) {
    const { zone, asking } = await this.replayed.reach(asked, participant);
    const between = { clock, from: untilOf('from', from, zone), to: untilOf('to', to, zone) };
    if (Temporal.Instant.compare(between.from, between.to) > 0) throw new Invalid([{ field: 'to', message: 'must not come before from' }]);
    const { difference, told } = await this.differences.between(asking, participant, between);
    return disclosed(asking, told, { clock, from, to, zone, ...difference });
  }

  @Get('entries/:event')
  @Answers('Entry', {
    example: example.entry,
    summary: 'One entry: every value it had, by whom, when on both clocks, why; its corrections and remarks; the consent then in force',
    description: 'An entry given to another participant is found in both histories. ICH E6(R3) 4.2.2; EMA 2023 6.2.1.',
  })
  async entry(@AskedBy() asked: Asking, @Param() { participant, event }: EntryPath) {
    const { asking } = await this.replayed.reach(asked, participant);
    const { entry, told } = await this.entries.of(asking, participant, event);
    return disclosed(asking, told, entry);
  }

  @Get('sight')
  @Answers('Sight', {
    example: example.sight,
    query: SightQuery,
    summary: 'What a user could see of this participant at an instant, and who knew the allocation then',
    description:
      'Roles, sites and staff id from the grants known then; without any, from what the access log had seen the user use, which `standing.basis` says. Entries as they would have been shown; what you may not see yourself is only named, in `beyondYou`.',
  })
  async sightOf(@AskedBy() asked: Asking, @Param() { participant }: CasePath, @Query() { user, at }: SightQuery) {
    const { asking } = await this.replayed.reach(asked, participant);
    const seen = await this.sight.of(asking, participant, user, instantOf('at', at).toString({ smallestUnit: 'microsecond' }));
    return disclosed(asking, toldOf(participant, [...seen.entries, ...seen.allocation.disclosed]), seen);
  }
}
