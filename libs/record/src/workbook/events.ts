import { IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open } from '@cairn/kernel/disclosure.js';
import { remarks } from '../review/events.js';

export class WorkbookIssued {
  @Linked() @IsString() version: string;
  @Open('mode') @IsIn(['in-person', 'post']) delivery: 'in-person' | 'post';
}

/** Another copy of a version that was issued before. A lost copy that had been written in is an information incident. */
export class WorkbookReissued extends WorkbookIssued {
  @Open('outcome') @IsIn(['lost', 'damaged']) cause: 'lost' | 'damaged';
  /** Whether the copy it replaces had been written in. */
  @Linked() @IsBoolean() filled: boolean;
}

export const returnCauses = ['wrong-address', 'refused', 'not-collected', 'other'] as const;

/** A workbook that was posted came back. */
export class DeliveryReturned {
  @Linked() @IsString() version: string;
  @Open('outcome') @IsIn(returnCauses) cause: (typeof returnCauses)[number];
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

/** A section said to be completed is worked on again. */
export class SectionReopened extends OfSection {}

export const workbookEvents = catalogue(
  { stream: 'workbook', about: 'participant', reveals: 'allocation', remarks },
  {
    WorkbookIssued: { version: 1, data: WorkbookIssued, fixed: ['version'] },
    WorkbookReissued: { version: 1, data: WorkbookReissued, fixed: ['version'] },
    DeliveryReturned: { version: 1, data: DeliveryReturned, fixed: ['version'] },
    SectionStarted: { version: 1, data: SectionStarted, fixed: ['section', 'version'] },
    SectionCompleted: { version: 1, data: SectionCompleted, fixed: ['section', 'version'] },
    SectionReopened: { version: 1, data: SectionReopened, fixed: ['section', 'version'] },
  },
);
export type WorkbookEvent = FactOf<typeof workbookEvents>;
