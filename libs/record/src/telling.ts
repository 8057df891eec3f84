import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { precisions, type Precision } from '@cairn/kernel/occurred.js';

/** When it happened. Leave the whole out for "now"; the precision follows from the shape of `at`. */
export class OccurredBody {
  @IsOptional() @IsString() @MaxLength(40) at?: string;
  @IsOptional() @IsIn(precisions) precision?: Precision;
  /** An IANA zone; the programme's when left out. */
  @IsOptional() @IsString() @MaxLength(60) zone?: string;
}

export class ReasonBody {
  @Matches(/^[a-z][a-z0-9-]{1,39}$/) code: string;
  @IsOptional() @IsString() @MaxLength(2000) text?: string;
}

/** What every fact may be told with, beside itself. */
export class TellingBody {
  @IsOptional() @ValidateNested() @Type(() => OccurredBody) occurred?: OccurredBody;
  /** Why, or why only now: a late entry needs one. */
  @IsOptional() @ValidateNested() @Type(() => ReasonBody) because?: ReasonBody;
  /** How it came here, when not straight through the API. */
  @IsOptional() @IsIn(['api', 'console', 'offline', 'import']) via?: 'api' | 'console' | 'offline' | 'import';
}

/** Whether a body says when it happened, be it that nobody knows. */
export function saysWhen(body: unknown): boolean {
  const { occurred } = (body ?? {}) as TellingBody;
  return occurred?.at !== undefined || occurred?.precision !== undefined;
}

/** A body taken apart: how it was told, and the facts alone. */
export function apart<Body extends TellingBody>({ occurred, because, via, ...facts }: Body): { telling: TellingBody; facts: Omit<Body, keyof TellingBody> } {
  return { telling: { ...(occurred && { occurred }), ...(because && { because }), ...(via && { via }) }, facts };
}

export class ParticipantPath {
  @IsId() participant: string;
}
