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

export const acuteEvents = catalogue(
  { stream: 'acute', about: 'participant', remarks },
  {
    IndexDischargeRecorded: { version: 1, data: IndexDischargeRecorded, fixed: ['episode'] },
    AdmissionFound: { version: 1, data: AdmissionFound, fixed: ['episode'] },
    TransferFound: { version: 1, data: TransferFound, fixed: ['episode'] },
    DischargeFound: { version: 1, data: DischargeFound, fixed: ['episode'] },
    OutcomeWindowAscertained: { version: 1, data: OutcomeWindowAscertained },
  },
);
export type AcuteEvent = FactOf<typeof acuteEvents>;
