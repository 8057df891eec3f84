import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, IsTimeZone, Matches, Max, MaxLength, Min, ValidateNested,
} from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Blinded, Open } from '@cairn/kernel/disclosure.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';

export const slug = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const slugForm = '$property must be of lower-case letters, digits and hyphens, such as core';
export const versionLabel = /^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$/;
export const nations = ['england', 'scotland', 'wales', 'northern-ireland'] as const;
export const acuteSettings = ['ward', 'crisis-team', 'crisis-house', 'acute-day-unit'] as const;
export const outcomeSources = ['site-records', 'national-records', 'participant', 'carer', 'general-practice'] as const;
export const lockReasons = ['interim-analysis', 'primary-analysis', 'later-analysis', 'monitoring-committee', 'other'] as const;
export const unlockReasons = ['error-found', 'late-data', 'other'] as const;
export const unblindReasons = ['planned-analysis', 'monitoring-committee', 'safety', 'other'] as const;
export type AcuteSetting = (typeof acuteSettings)[number];
export type Nation = (typeof nations)[number];

export class ProgrammeRegistered {
  @Open() @IsString() @IsNotEmpty() @MaxLength(200) title: string;
  /** The zone of its local dates, such as Europe/London. */
  @Open() @IsTimeZone() zone: string;
  /** Its number in a trial registry. */
  @Open() @IsOptional() @IsString() @MaxLength(40) registration?: string;
}

export class TimePoint {
  @Matches(slug, { message: slugForm }) code: string;
  @IsIn(['enrolment', 'randomisation', 'index-discharge']) anchor: string;
  @IsInt() @Min(0) @Max(120) offsetMonths: number;
  @IsInt() @Min(0) @Max(365) windowDaysBefore: number;
  @IsInt() @Min(0) @Max(365) windowDaysAfter: number;
}

export class Arm {
  @Matches(slug, { message: slugForm }) code: string;
  @IsIn(['peer-support', 'post', 'none']) delivery: 'peer-support' | 'post' | 'none';
}

export class Criterion {
  @Matches(slug, { message: slugForm }) code: string;
  @IsString() @MaxLength(500) text: string;
  @IsIn(['inclusion', 'exclusion']) kind: 'inclusion' | 'exclusion';
}

/** Everything DOMAIN.md marks (config): immutable once published, in force at a site from its activation. */
export class ProtocolVersionPublished {
  @Open() @Matches(versionLabel, { message: '$property must be a label such as 1 or 2.1' }) version: string;
  @Open() @IsInt() @Min(1) @Max(100) plannedSessions: number;
  @Open() @IsInt() @Min(5) @Max(480) sessionMinutes: number;
  /** Months from T0 within which the sessions are to be held. */
  @Open() @IsInt() @Min(1) @Max(60) spanMonths: number;
  @Open() @IsArray() @ArrayMaxSize(50) @ArrayUnique(({ code }: TimePoint) => code) @ValidateNested({ each: true }) @Type(() => TimePoint) timePoints: TimePoint[];
  @Open() @IsArray() @ArrayNotEmpty() @ArrayMaxSize(10) @ArrayUnique(({ code }: Arm) => code) @ValidateNested({ each: true }) @Type(() => Arm) arms: Arm[];
  @Open() @IsBoolean() masked: boolean;
  @Open() @ArrayNotEmpty() @ArrayUnique() @IsIn(acuteSettings, { each: true }) acuteSettings: AcuteSetting[];
  @Open() @IsArray() @ArrayMaxSize(50) @Matches(slug, { each: true, message: slugForm }) instruments: string[];
  @Open() @IsIn(['enrolment', 'randomisation']) outcomeAnchor: 'enrolment' | 'randomisation';
  /** Last day of the outcome window, day 0 being T0. */
  @Open() @IsInt() @Min(1) @Max(1096) outcomeWindowDays: number;
  /** Sources that must all be searched clear before "no readmission" may be said. */
  @Open() @ArrayNotEmpty() @ArrayUnique() @IsIn(outcomeSources, { each: true }) outcomeSources: (typeof outcomeSources)[number][];
  @Open() @IsInt() @Min(0) @Max(30) spellGapDays: number;
  @Open() @IsInt() @Min(0) @Max(90) lateEntryWorkingDays: number;
  @Open() @IsArray() @ArrayMaxSize(50) @ArrayUnique(({ code }: Criterion) => code) @ValidateNested({ each: true }) @Type(() => Criterion) eligibility: Criterion[];
  /** Missed sessions in a row after which the course is to be reviewed; nobody is ever discharged by it. */
  @Open() @IsInt() @Min(1) @Max(20) attendanceReviewThreshold: number;
  /** Fewest distinct people behind a cell of the anonymous log. */
  @Open() @IsInt() @Min(10) @Max(100) anonymityThreshold: number;
}

export class WorkbookSection {
  @Matches(slug, { message: slugForm }) id: string;
  @IsString() @IsNotEmpty() @MaxLength(200) title: string;
  @IsInt() @Min(1) @Max(100) order: number;
}

export class WorkbookVersionPublished {
  @Open() @Matches(versionLabel, { message: '$property must be a label such as 1 or 2.1' }) version: string;
  @Open() @ArrayNotEmpty() @ArrayMaxSize(100) @ArrayUnique(({ id }: WorkbookSection) => id) @ValidateNested({ each: true }) @Type(() => WorkbookSection) sections: WorkbookSection[];
}

/** A site may be activated again, for a later version; each holds from its day. */
export class SiteActivated {
  @Open() @Matches(slug, { message: slugForm }) site: string;
  @Open() @IsString() @IsNotEmpty() @MaxLength(200) name: string;
  /** First part of its study numbers. */
  @Open() @Matches(/^[A-Z]{2,4}$/) code: string;
  @Open() @IsIn(nations) nation: Nation;
  @Open() @Matches(versionLabel, { message: '$property must be a label such as 1 or 2.1' }) protocolVersion: string;
  @Open() @IsLocalDate() on: string;
}

/** Leave to bring an amended protocol version into force (ICH E6(R3) 4.3.5). */
export class AmendmentApproved {
  @Open() @Matches(versionLabel, { message: '$property must be a label such as 1 or 2.1' }) protocolVersion: string;
  /** The local date of the approval: no site can be activated for an earlier one. */
  @Open() @IsLocalDate() on: string;
  /** Whose it is, and how to find it: REC 26/LO/0112, amendment 2. */
  @Open() @IsString() @IsNotEmpty() @MaxLength(100) reference: string;
}

class OfDataset {
  @Open() @Matches(slug, { message: slugForm }) dataset: string;
}

/** A cut that an analysis rests on. How far the record had come tells of the arms, so what identifies the cut is blinded. */
export class DatasetLocked extends OfDataset {
  /** SHA-256 of the cut's manifest, in hexadecimal. */
  @Blinded() @Matches(/^[0-9a-f]{64}$/, { message: '$property must be a SHA-256 of 64 hexadecimal digits' }) manifest: string;
  /** The token the cut was made at, as the manifest names it. */
  @Blinded() @Matches(/^[!-~]{1,200}$/, { message: '$property must be a token as the manifest names it' }) position: string;
  @Open() @IsIn(lockReasons) reason: (typeof lockReasons)[number];
}

export class DatasetUnlocked extends OfDataset {
  @Open() @IsIn(unlockReasons) reason: (typeof unlockReasons)[number];
}

/** From here on analysts may see the arms. */
export class Unblinded {
  @Open() @IsLocalDate() on: string;
  @Open() @IsIn(unblindReasons) reason: (typeof unblindReasons)[number];
}

export const programmeEvents = catalogue(
  { stream: 'programme', about: 'programme' },
  {
    ProgrammeRegistered: { version: 1, data: ProgrammeRegistered },
    ProtocolVersionPublished: { version: 1, data: ProtocolVersionPublished },
    WorkbookVersionPublished: { version: 1, data: WorkbookVersionPublished },
    SiteActivated: { version: 1, data: SiteActivated },
    AmendmentApproved: { version: 1, data: AmendmentApproved },
    DatasetLocked: { version: 1, data: DatasetLocked },
    DatasetUnlocked: { version: 1, data: DatasetUnlocked },
    Unblinded: { version: 1, data: Unblinded },
  },
);
export type ProgrammeEvent = FactOf<typeof programmeEvents>;
