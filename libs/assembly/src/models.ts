import { subjectRows } from '@cairn/analysis/subjects.read.js';
import { aspects, catalogues } from '@cairn/record/aspects.js';
import { contextOf } from '@cairn/record/contexts.js';
import { delayOf, entryFlags } from '@cairn/record/late.js';
import { maskedRecordModels, recordModels } from '@cairn/record/record-models.js';
import { anonymousRows } from '@cairn/replay/anonymous.read.js';
import { authorityLog } from '@cairn/replay/authority.read.js';
import { MaskedTimelineRow, TimelineRow, timelineRows } from '@cairn/replay/timeline.read.js';
import { trailLog } from '@cairn/replay/trail.read.js';

/** The kinds of streams that read models are folded from. */
export const groups = aspects.map(({ events }) => events);

/** Every read model of the record. */
export const models = [
  ...recordModels,
  timelineRows(TimelineRow, groups, entryFlags),
  timelineRows(MaskedTimelineRow, groups.filter(({ reveals }) => reveals === undefined), entryFlags),
  anonymousRows(groups),
  // A version that nobody knows may be masked.
  subjectRows(groups, (lookup, ref) => {
    const { protocol } = contextOf(lookup, ref) ?? {};
    return { masked: protocol?.masked !== false, plannedSessions: protocol?.plannedSessions };
  }),
];

const streamsAbout = (about: string) => new Set(catalogues.filter((group) => group.about === about).map(({ stream }) => stream));

/** The tables of the log as it was recorded. */
export const logs = [trailLog({ participants: streamsAbout('participant'), programmes: streamsAbout('programme') }, delayOf), authorityLog];

export const maskedRows = [...maskedRecordModels.map(({ row }) => row), MaskedTimelineRow];
