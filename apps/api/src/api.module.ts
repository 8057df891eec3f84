import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { AccessLog } from '@cairn/access/access-log.js';
import { AccessLogController } from '@cairn/access/access-log.controller.js';
import { Authenticate } from '@cairn/access/authenticate.js';
import { Cursors } from '@cairn/access/cursors.js';
import { Unknown } from '@cairn/access/denied.js';
import { Authorise } from '@cairn/access/routes.js';
import { TokenVerifier } from '@cairn/access/tokens.js';
import { CATALOGUES, CodebookController } from '@cairn/analysis/codebook.controller.js';
import type { Parts } from '@cairn/assembly/parts.js';
import { Followers } from '@cairn/journal/followers.js';
import { Journal } from '@cairn/journal/journal.js';
import { correctionTypes } from '@cairn/kernel/corrections.js';
import { RowReader } from '@cairn/journal/row-reader.js';
import { aspects, catalogues } from '@cairn/record/aspects.js';
import { CLOCK } from '@cairn/record/case-record.js';
import { ProgrammeContexts } from '@cairn/record/contexts.js';
import { programme } from '@cairn/record/programme/programme.js';
import { flagsBy, grounds, ownFlags } from '@cairn/record/entry-flags.js';
import { Reach } from '@cairn/record/reach.js';
import { consentOf, outcomeOf, placeIn, studyNumbersOf } from '@cairn/record/standings.js';
import { recordControllers, recordProviders } from '@cairn/record/record.module.js';
import { replayControllers, replayProviders } from '@cairn/replay/replay.module.js';
import { REPLAYED, type Replayed } from '@cairn/replay/replayed.js';
import { Admission } from './admission.js';
import { CaughtUp } from './answers.js';
import { Check } from './check.js';
import { EventCatalogueController } from './event-catalogue.controller.js';
import { HealthController } from './health.controller.js';
import type { Problems } from './problems.js';

@Module({})
class ApiModule {}

/** The process's parts, and everything that answers over HTTP. Guards: who is it, have they access still, may they, do they wait for a write of theirs, and can what they say be taken; every route, no exception but `@Public`. */
export function apiModule(parts: Parts, verifier: TokenVerifier, problems: Problems): DynamicModule {
  return {
    module: ApiModule,
    imports: [CqrsModule.forRoot()],
    controllers: [
      HealthController,
      EventCatalogueController,
      ...recordControllers,
      ...replayControllers,
      AccessLogController,
      CodebookController,
    ],
    providers: [
      { provide: Journal, useValue: parts.journal },
      { provide: DataSource, useValue: parts.dataSource },
      { provide: RowReader, useValue: parts.rowReader },
      { provide: ProgrammeContexts, useValue: parts.contexts },
      { provide: AccessLog, useValue: parts.accessLog },
      { provide: Cursors, useValue: new Cursors(parts.derive) },
      { provide: Followers, useValue: parts.followers },
      { provide: TokenVerifier, useValue: verifier },
      { provide: CLOCK, useValue: () => new Date().toISOString() },
      { provide: REPLAYED, useFactory: replayed, inject: [Reach, Journal, ProgrammeContexts, DataSource, Admission] },
      { provide: CATALOGUES, useValue: catalogues },
      { provide: APP_FILTER, useValue: problems },
      { provide: APP_GUARD, useClass: Authenticate },
      Admission,
      { provide: APP_GUARD, useExisting: Admission },
      { provide: APP_GUARD, useClass: Authorise },
      { provide: APP_GUARD, useClass: CaughtUp },
      { provide: APP_GUARD, useClass: Check },
      ...recordProviders,
      ...replayProviders,
    ],
  };
}

/** What the replay works on: the record's aspects, within the caller's reach. */
function replayed(reach: Reach, journal: Journal, contexts: ProgrammeContexts, database: DataSource, admission: Admission): Replayed {
  return {
    aspects,
    types: new Set([...catalogues.flatMap(({ definitions, remarks }) => Object.keys({ ...definitions, ...remarks })), ...correctionTypes]),
    reach: (asking, participant) => reach.check(asking, participant),
    whereabouts: (participant) => reach.whereabouts(participant),
    stillMay: (caller) => admission.still(caller),
    outcomeOf: (entries) => outcomeOf(entries, contexts),
    placeIn,
    consentOf,
    grounds,
    flagsBy,
    ownFlags: (entries) => ownFlags(entries, contexts),
    studyNumbers: (participants) => studyNumbersOf(participants, database),
    async anonymityThreshold(id) {
      const { registered, protocols } = await journal.state(programme, id);
      if (!registered) throw new Unknown('programme');
      // Until a protocol says otherwise, DOMAIN.md's default.
      return Math.max(...Object.values(protocols).map(({ anonymityThreshold }) => anonymityThreshold), 10);
    },
  };
}
