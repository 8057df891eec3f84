import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Matches, MaxLength, Min, ValidateNested } from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open } from '@cairn/kernel/disclosure.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { remarks } from '../review/events.js';

export const consentScopes = ['contact', 'interviews', 'record-access', 'data-reuse', 'results'] as const;
export type ConsentScope = (typeof consentScopes)[number];
export const exclusionReasons = ['not-eligible', 'declined', 'unable-to-consent', 'unsafe', 'other'] as const;

export class ParticipantRegistered {
  @Linked() @IsString() programme: string;
  @Linked() @IsString() site: string;
  /** Issued by the server: site code, number, check character; never initials or a birth date. */
  @Linked() @Matches(/^[A-Z]{2,4}-\d{4,6}-[0-9A-Z]$/) studyNumber: string;
}

export class CriterionAnswer {
  @IsString() @IsNotEmpty() @MaxLength(40) code: string;
  @IsBoolean() met: boolean;
}

export class Screened {
  @Linked() @IsArray() @ArrayMaxSize(50) @ArrayUnique(({ code }: CriterionAnswer) => code) @ValidateNested({ each: true }) @Type(() => CriterionAnswer) criteria: CriterionAnswer[];
  /** Whether all inclusion and no exclusion criteria are met. */
  @Open('outcome') @IsIn(['eligible', 'not-eligible']) result: 'eligible' | 'not-eligible';
}

export class Excluded {
  @Open('outcome') @IsIn(exclusionReasons) reason: (typeof exclusionReasons)[number];
}

export class ConsentGiven {
  @Linked() @ArrayNotEmpty() @ArrayUnique() @IsIn(consentScopes, { each: true }) scopes: ConsentScope[];
  @Linked() @IsString() @IsNotEmpty() @MaxLength(40) formVersion: string;
  /** Whether the person was judged to have capacity to decide this (Mental Capacity Act 2005). */
  @Linked() @IsBoolean() capacity: boolean;
}

export class ConsentScopeWithdrawn {
  @Linked() @IsIn(consentScopes) scope: ConsentScope;
  /** The local date it holds from, when that is another than the day it was said. */
  @Linked() @IsOptional() @IsLocalDate() effective?: string;
}

export class Enrolled {
  @Linked() @IsString() protocolVersion: string;
}

export const participantEvents = catalogue(
  { stream: 'participant', about: 'participant', remarks },
  {
    ParticipantRegistered: { version: 1, data: ParticipantRegistered, fixed: ['programme', 'site', 'studyNumber'], permanent: true },
    Screened: { version: 1, data: Screened },
    Excluded: { version: 1, data: Excluded },
    ConsentGiven: { version: 1, data: ConsentGiven },
    ConsentScopeWithdrawn: { version: 1, data: ConsentScopeWithdrawn, fixed: ['scope'] },
    Enrolled: { version: 1, data: Enrolled, fixed: ['protocolVersion'] },
  },
);
export type ParticipantEvent = FactOf<typeof participantEvents>;

class StudyNumberIssued {
  @Open() @IsInt() @Min(1) number: number;
}

/** One stream a site, so that each number is given once, in order. It never says to whom. */
export const studyNumberEvents = catalogue({ stream: 'studynumber', about: 'site' }, { StudyNumberIssued: { version: 1, data: StudyNumberIssued } });
export type StudyNumberEvent = FactOf<typeof studyNumberEvents>;

/** Whether one scope is consented to, and the local date that holds from; undated facts have none. */
export interface ScopeStanding {
  readonly given: boolean;
  readonly on: string | undefined;
}

/** What was said later holds, by the date it was said and not by when it was entered; an undated fact holds from its entry. */
export function laterStanding(known: ScopeStanding | undefined, next: ScopeStanding): ScopeStanding {
  return known?.on !== undefined && next.on !== undefined && next.on < known.on ? known : next;
}
