import { IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, Matches, ValidateNested } from 'class-validator';
import type { Case } from '../case-record.js';
import { apart, TellingBody } from '../telling.js';
import { sectionsOf } from '../programme/programme.js';
import { workbook } from '../workbook/workbook.js';
import { SessionAttended } from './events.js';
import { support } from './support.js';

export class SectionTouched {
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/) section: string;
  @IsOptional() @Matches(/^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$/) version?: string;
  @IsIn(['started', 'completed']) progress: 'started' | 'completed';
}

export class VisitBody extends IntersectionType(OmitType(SessionAttended, ['worker']), PartialType(PickType(SessionAttended, ['worker'])), TellingBody) {
  @IsOptional() @IsArray() @ArrayMaxSize(50) @ValidateNested({ each: true }) @Type(() => SectionTouched) sections?: SectionTouched[];
}

/** The attendance, and the sections touched in it, as one decision. */
export function recordVisit(theCase: Case, body: VisitBody & { worker: string }): void {
  const { sections = [], ...attendance } = apart(body).facts;
  const { told: occurred } = theCase;
  theCase.decide(support, { type: 'RecordAttendance', occurred, facts: attendance });
  const published = sectionsOf(theCase.programme);
  for (const { section, version, progress } of sections) {
    const at = { occurred, section, version, published };
    theCase.decide(workbook, progress === 'started' ? { type: 'StartSection', ...at } : { type: 'CompleteSection', ...at, session: attendance.session, reporter: 'worker' });
  }
}
