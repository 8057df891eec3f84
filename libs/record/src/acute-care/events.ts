import { ArrayNotEmpty, ArrayUnique, IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open } from '@cairn/kernel/disclosure.js';
import { remarks } from '../review/events.js';
import { acuteSettings, outcomeSources, slug, type AcuteSetting } from '../programme/events.js';

export type OutcomeSource = (typeof outcomeSources)[number];

class OfEpisode {
  @Linked() @IsId() episode: string;
}

/** The end of the acute care the programme follows on from; `occurred` is the discharge. */
export class IndexDischargeRecorded extends OfEpisode {
  @Open('mode') @IsIn(acuteSettings) setting: AcuteSetting;
}

/** A start of acute care found in records; `occurred` is the admission or acceptance. */
export class AdmissionFound extends OfEpisode {
  @Open('mode') @IsIn(acuteSettings) setting: AcuteSetting;
  @Linked() @IsIn(outcomeSources) source: OutcomeSource;
  /** Local date of the search that found it. */
  @Linked() @IsLocalDate() foundOn: string;
  /** Code of the area or trust whose records told of it. */
  @Linked() @IsOptional() @Matches(slug) area?: string;
}

/** Assessed by an acute service and not taken on: no start of acute care, and so no readmission; `occurred` is the assessment. */
export class AssessedNotAccepted extends OfEpisode {
  @Open('mode') @IsIn(acuteSettings) setting: AcuteSetting;
  @Linked() @IsIn(outcomeSources) source: OutcomeSource;
  /** Local date of the search that found it. */
  @Linked() @IsLocalDate() foundOn: string;
}

export class TransferFound extends OfEpisode {
  @Open('mode') @IsIn(acuteSettings) to: AcuteSetting;
}

export class DischargeFound extends OfEpisode {}

/** What has been searched, and how far; `occurred` is when the search was made. */
export class OutcomeWindowAscertained {
  @Linked() @ArrayNotEmpty() @ArrayUnique() @IsIn(outcomeSources, { each: true }) sources: OutcomeSource[];
  @Linked() @IsLocalDate() searchedTo: string;
  @Linked() @IsBoolean() noneFound: boolean;
}

export const adjudications = ['readmission', 'index-care'] as const;

/** Whether an admission on day 0 is a readmission or belongs to the index care; whose judgement it is, the actor says. */
export class OutcomeAdjudicated extends OfEpisode {
  @Open('outcome') @IsIn(adjudications) decision: (typeof adjudications)[number];
}

export const acuteEvents = catalogue(
  { stream: 'acute', about: 'participant', remarks },
  {
    IndexDischargeRecorded: { version: 1, data: IndexDischargeRecorded, fixed: ['episode'] },
    AdmissionFound: { version: 1, data: AdmissionFound, fixed: ['episode'] },
    AssessedNotAccepted: { version: 1, data: AssessedNotAccepted, fixed: ['episode'] },
    TransferFound: { version: 1, data: TransferFound, fixed: ['episode'] },
    DischargeFound: { version: 1, data: DischargeFound, fixed: ['episode'] },
    OutcomeWindowAscertained: { version: 1, data: OutcomeWindowAscertained },
    OutcomeAdjudicated: { version: 1, data: OutcomeAdjudicated, fixed: ['episode'] },
  },
);
export type AcuteEvent = FactOf<typeof acuteEvents>;
