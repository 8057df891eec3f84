import { AnonymousLog } from './anonymous-log.js';
import { AccessReview } from './audit/access-review.js';
import { AfterAuthority } from './audit/after-authority.js';
import { AuditController } from './audit/audit.controller.js';
import { Changes } from './audit/changes.js';
import { DocumentsController } from './audit/documents.controller.js';
import { Documents } from './audit/documents.js';
import { Registrations } from './audit/registrations.js';
import { Readings } from './audit/readings.js';
import { PeopleReport } from './audit/people-report.js';
import { Reports } from './audit/reports.js';
import { TrailReport } from './audit/trail-report.js';
import { Differences } from './difference.js';
import { Entries } from './entries.js';
import { Histories } from './histories.js';
import { LiveController } from './live.controller.js';
import { Live } from './live.js';
import { ReplayController } from './replay.controller.js';
import { AllocationKnowledge } from './sight/allocation-known.js';
import { Sight } from './sight/sight.js';
import { Timeline } from './timeline.js';
import { WhoTheyWere } from './sight/who-they-were.js';
import { ScrutinyController } from './scrutiny.controller.js';

/** What the replay gives a process that serves it. */
export const replayControllers = [ReplayController, ScrutinyController, AuditController, DocumentsController, LiveController];

export const replayProviders = [Histories, Timeline, Differences, Entries, AnonymousLog, Live, Changes, Registrations, TrailReport, PeopleReport, AfterAuthority, Readings, AccessReview, Reports, Documents, Sight, WhoTheyWere, AllocationKnowledge];
