import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Worker } from '@cairn/kernel/disclosure.js';
import { IsId } from '@cairn/kernel/ids.js';
import { IsInstant } from '@cairn/kernel/instant.js';
import { slug, slugForm } from '../programme/events.js';

/** Oversight of the programme: what was reviewed and what came of it. Not sealed, for it is about nobody taking part: study numbers at most, never names. */
export const breachRecipients = ['sponsor', 'chief-investigator', 'ethics-committee', 'regulator', 'data-protection-officer', 'monitoring-committee'] as const;

class Finding {
  @Matches(slug, { message: slugForm }) code: string;
  @IsIn(['critical', 'major', 'minor', 'observation']) grade: 'critical' | 'major' | 'minor' | 'observation';
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(2000) text?: string;
}

/** The filters of the audit trail's report that a review looked through. */
export class TrailFilters {
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(255) actor?: string;
  @IsOptional() @Matches(slug, { message: slugForm }) role?: string;
  @IsOptional() @Matches(slug, { message: slugForm }) site?: string;
  @IsOptional() @IsId() participant?: string;
  @IsOptional() @Matches(/^[A-Z][A-Za-z]{1,59}$/) type?: string;
  @IsOptional() @Matches(slug, { message: slugForm }) reason?: string;
  @IsOptional() @IsBoolean() late?: boolean;
  @IsOptional() @IsBoolean() corrected?: boolean;
}

class Review {
  @Linked() @IsId() review: string;
  /** None when all was well. */
  @Linked() @IsArray() @ArrayMaxSize(200) @ValidateNested({ each: true }) @Type(() => Finding) findings: Finding[];
}

/** Who has access, and whether they still should. ICH E6(R3) 4.2.2, 4.3.3. */
export class AccessReviewed extends Review {
  @Worker() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(1000) @ArrayUnique() @IsString({ each: true }) @IsNotEmpty({ each: true }) @MaxLength(255, { each: true }) accounts: string[];
}

/** A planned review of the audit trail. ICH E6(R3) 4.2.3. */
export class AuditTrailReviewed extends Review {
  /** What was recorded between these, both inclusive. */
  @Linked() @IsInstant() from: string;
  @Linked() @IsInstant() to: string;
  @Worker() @IsOptional() @ValidateNested() @Type(() => TrailFilters) filters?: TrailFilters;
}

/** A breach likely to affect safety or rights to a significant degree, or the scientific value of the programme. */
export class SeriousBreachReported {
  @Linked() @IsId() breach: string;
  @Linked() @IsString() @IsNotEmpty() @MaxLength(4000) what: string;
  /** From when the time to report it runs. */
  @Linked() @IsInstant() awareAt: string;
  @Linked() @ArrayMinSize(1) @ArrayUnique() @IsIn(breachRecipients, { each: true }) reportedTo: (typeof breachRecipients)[number][];
}

export const conductEvents = catalogue(
  { stream: 'conduct', about: 'programme' },
  {
    AccessReviewed: { version: 1, data: AccessReviewed },
    AuditTrailReviewed: { version: 1, data: AuditTrailReviewed },
    SeriousBreachReported: { version: 1, data: SeriousBreachReported },
  },
);
export type ConductEvent = FactOf<typeof conductEvents>;
