import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Matches, MaxLength, Min, ValidateNested } from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import type { Known } from '@cairn/kernel/decider.js';
import { Blinded, Linked, Open, Worker } from '@cairn/kernel/disclosure.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { ParticipantsMerged, ParticipantsUnmerged } from '@cairn/kernel/merges.js';
import { dateOf } from '@cairn/kernel/occurred.js';
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

/** Which version of the information sheet was given. */
export class InformationGiven {
  @Linked() @IsString() @IsNotEmpty() @MaxLength(40) version: string;
}

/** Consent anew, under a later form or after capacity was regained. Scopes it does not name stand as they were. */
class Reconsented extends ConsentGiven {}

/** Nobody is presumed to lack capacity (Mental Capacity Act 2005, s. 1): it is lost, and regained, from the day it was found so. */
class CapacityLost {
  /** Whether it was formally assessed. Who tells it differs by arm, and with them how surely they know. */
  @Blinded() @IsOptional() @IsBoolean() assessed?: boolean;
}
class CapacityRegained {
  @Blinded() @IsOptional() @IsBoolean() assessed?: boolean;
}

export const contactMethods = ['telephone', 'text', 'email', 'post', 'video', 'in-person'] as const;
export const timesOfDay = ['morning', 'afternoon', 'evening'] as const;

export class DoNotContact {
  @IsLocalDate() from: string;
  /** The last day of it; until further notice when left out. */
  @IsOptional() @IsLocalDate() to?: string;
}

/** How and when a person wants to be reached; the whole of it each time. Addresses and numbers are the identity vault's, never an event. */
export class ContactPreferencesRecorded {
  /** In the order of preference; none for someone who does not want to be reached. */
  @Linked() @IsArray() @ArrayUnique() @IsIn(contactMethods, { each: true }) methods: (typeof contactMethods)[number][];
  @Linked() @IsOptional() @IsArray() @ArrayUnique() @IsIn(timesOfDay, { each: true }) timesOfDay?: (typeof timesOfDay)[number][];
  @Linked() @IsOptional() @IsArray() @ArrayMaxSize(20) @ValidateNested({ each: true }) @Type(() => DoNotContact) doNotContact?: DoNotContact[];
  /** BCP 47: `en`, `pl`, `pt-BR`. */
  @Linked() @IsOptional() @Matches(/^[a-z]{2,3}(-[A-Z]{2})?$/, { message: 'language must be a language tag such as en or pt-BR' }) language?: string;
  @Linked() @IsOptional() @IsBoolean() interpreter?: boolean;
}

export const discontinuations = ['own-decision', 'clinical-decision', 'moved-away', 'adverse-event', 'other'] as const;

/** The intervention ends, the participation does not: follow-up and ascertainment go on. A reason is never mandatory (ICH E6(R3) 2.9). */
export class InterventionDiscontinued {
  @Blinded() @IsOptional() @IsIn(discontinuations) reason?: (typeof discontinuations)[number];
}

export const losses = ['no-reply', 'moved-away', 'unreachable', 'other'] as const;

export class LostToFollowUp {
  @Open('outcome') @IsOptional() @IsIn(losses) reason?: (typeof losses)[number];
}

export const deathSources = ['family', 'care-team', 'peer-support', 'clinical-records', 'national-records', 'coroner', 'other'] as const;

/** When it occurred is the date of death. How it became known may tell the arm. */
export class Died {
  @Blinded() @IsIn(deathSources) source: (typeof deathSources)[number];
}

export class Completed {}

export const disclosedTo = ['participant', 'assessor', 'clinician', 'carer', 'analyst', 'other'] as const;
export const disclosureKinds = ['planned', 'emergency', 'accidental'] as const;

/** Somebody learned the arm: to whom and how, never which. ICH E6(R3) 4.1: unblinding is documented. */
export class AllocationDisclosed {
  @Linked() @IsIn(disclosedTo) to: (typeof disclosedTo)[number];
  @Linked() @IsIn(disclosureKinds) kind: (typeof disclosureKinds)[number];
  /** Who of the staff learned it. */
  @Worker() @IsOptional() @IsString() @IsNotEmpty() @MaxLength(64) staff?: string;
}

export const participantEvents = catalogue(
  { stream: 'participant', about: 'participant', remarks },
  {
    ParticipantRegistered: { version: 1, data: ParticipantRegistered, fixed: ['programme', 'site', 'studyNumber'], permanent: true },
    Screened: { version: 1, data: Screened },
    Excluded: { version: 1, data: Excluded },
    ConsentGiven: { version: 1, data: ConsentGiven },
    ConsentScopeWithdrawn: { version: 1, data: ConsentScopeWithdrawn, fixed: ['scope'] },
    Enrolled: { version: 1, data: Enrolled, fixed: ['protocolVersion'], stays: true },
    InformationGiven: { version: 1, data: InformationGiven },
    Reconsented: { version: 1, data: Reconsented },
    CapacityLost: { version: 1, data: CapacityLost, teller: 'withheld' },
    CapacityRegained: { version: 1, data: CapacityRegained, teller: 'withheld' },
    ContactPreferencesRecorded: { version: 1, data: ContactPreferencesRecorded, teller: 'withheld' },
    InterventionDiscontinued: { version: 1, data: InterventionDiscontinued, teller: 'withheld' },
    LostToFollowUp: { version: 1, data: LostToFollowUp },
    Died: { version: 1, data: Died, teller: 'withheld' },
    Completed: { version: 1, data: Completed, stays: true },
    AllocationDisclosed: { version: 1, data: AllocationDisclosed, teller: 'withheld' },
    ParticipantsMerged: { version: 1, data: ParticipantsMerged, fixed: ['kept', 'merged'], permanent: true },
    ParticipantsUnmerged: { version: 1, data: ParticipantsUnmerged, fixed: ['kept', 'merged'], permanent: true },
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

/** What happened first stands, wherever it was recorded; an undated fact gives way to none. */
export function firstStanding<Fact extends Pick<Known, 'occurred'>>(known: Fact | undefined, next: Fact): Fact {
  const [first, second] = [known && dateOf(known.occurred), dateOf(next.occurred)];
  return known && !(first !== undefined && second !== undefined && second < first) ? known : next;
}
