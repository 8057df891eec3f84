import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open } from '@cairn/kernel/disclosure.js';
import { remarks } from '../review/events.js';

export class WorkbookIssued {
  @Linked() @IsString() version: string;
  @Open('mode') @IsIn(['in-person', 'post']) delivery: 'in-person' | 'post';
}

class OfSection {
  @Open('section') @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/) section: string;
  /** The workbook version it belongs to, one that was issued to this participant. */
  @Linked() @IsString() version: string;
}

export class SectionStarted extends OfSection {}

/** What a participant writes in a workbook is never recorded. */
export class SectionCompleted extends OfSection {
  @Linked() @IsOptional() @IsId() session?: string;
  @Linked() @IsIn(['worker', 'participant']) reporter: 'worker' | 'participant';
}

export const workbookEvents = catalogue(
  { stream: 'workbook', about: 'participant', reveals: 'allocation', remarks },
  {
    WorkbookIssued: { version: 1, data: WorkbookIssued, fixed: ['version'] },
    SectionStarted: { version: 1, data: SectionStarted, fixed: ['section', 'version'] },
    SectionCompleted: { version: 1, data: SectionCompleted, fixed: ['section', 'version'] },
  },
);
export type WorkbookEvent = FactOf<typeof workbookEvents>;
