import type { MigrationInterface, QueryRunner } from 'typeorm';
import { foldAnew } from '@cairn/journal/migrations.js';
import { ReviewTables1764000026000 } from './review/migration.js';
import { StaffTables1764000022000 } from './staff/migration.js';

/** The tables of the record's read models. All of it can be made anew from the log. */
class RecordTables1764000004000 implements MigrationInterface {
  readonly name = 'RecordTables1764000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read.participants (
        participant uuid primary key, position bigint not null, programme text, site text, study_number text, stage text not null, eligibility text,
        registered_on date, enrolled_on date, protocol_version text, consent jsonb not null, withdrawn jsonb not null, capacity boolean
      );
      create index participants_by_site on read.participants (site, study_number);

      create table read.outcomes (
        participant uuid primary key, position bigint not null, readmission text not null, day integer, reason text not null, time_days integer,
        spells jsonb not null, facts jsonb not null, rules jsonb
      );

      create table read.courses (
        participant uuid primary key, position bigint not null, worker text, offered integer not null, attended integer not null, by_code jsonb not null,
        last_contact date, next_planned_start text, ended text, erased integer not null, sessions jsonb not null
      );
      create index courses_by_worker on read.courses (worker);

      create table read.sessions (
        participant uuid, session uuid, position bigint not null, ordinal integer, offered boolean not null, offered_when jsonb, planned_start text,
        response text, outcome text not null, code text not null, occurred jsonb, occurred_on date, minutes integer, mode text, worker text,
        late boolean not null, late_unexplained boolean not null, primary key (participant, session)
      );

      create table read.workbooks (
        participant uuid primary key, position bigint not null, current text, issued jsonb not null, sections jsonb not null, completed integer not null, erased integer not null
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read.participants, read.outcomes, read.courses, read.sessions, read.workbooks');
  }
}

/** A participant's sessions by course, and what is known of their paper logs: whole once the models are rebuilt, right from the first on. */
class Courses1764000021000 implements MigrationInterface {
  readonly name = 'Courses1764000021000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.courses
        add course integer not null default 1, add standing text not null default 'running', add log text not null default 'unknown',
        add contact_attempts jsonb not null default '{}', add courses jsonb not null default '[]', add marks jsonb not null default '{}';
      update read.courses set standing = 'ended', marks = jsonb_build_object('1', jsonb_build_array(jsonb_build_object('type', 'CourseEnded', 'on', null, 'reason', ended)))
        where ended is not null;
      alter table read.courses
        alter course drop default, alter standing drop default, alter log drop default,
        alter contact_attempts drop default, alter courses drop default, alter marks drop default;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.courses drop course, drop standing, drop log, drop contact_attempts, drop courses, drop marks');
  }
}

/** Registrations that live on under another, and under which. */
class Merged1764000020100 implements MigrationInterface {
  readonly name = 'Merged1764000020100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.participants add merged_into uuid, add merged jsonb not null default '[]';
      alter table read.participants alter merged drop default;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.participants drop merged_into, drop merged');
  }
}

/** What a participant's own stream tells beyond enrolment, and the day of a death in the outcome. Filled when the models are rebuilt. */
class LaterLife1764000020000 implements MigrationInterface {
  readonly name = 'LaterLife1764000020000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.participants add information jsonb, add capacity_now jsonb, add contact_preferences jsonb, add discontinued jsonb, add lost jsonb, add completed jsonb,
        add died_on date, add disclosures jsonb not null default '[]';
      alter table read.participants alter disclosures drop default;
      alter table read.outcomes add died_day integer;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.participants drop information, drop capacity_now, drop contact_preferences, drop discontinued, drop lost, drop completed, drop died_on, drop disclosures;
      alter table read.outcomes drop died_day`);
  }
}

/** Where a screening contradicts itself: known of those screened before once the models are rebuilt. */
class ScreeningDoubts1764000021010 implements MigrationInterface {
  readonly name = 'ScreeningDoubts1764000021010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.participants add screening_doubts jsonb not null default '[]';
      alter table read.participants alter screening_doubts drop default;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.participants drop screening_doubts');
  }
}

/** What was found without consent to search: known of those recorded before once the models are rebuilt. */
class Quarantine1764000025010 implements MigrationInterface {
  readonly name = 'Quarantine1764000025010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table read.outcomes add quarantined jsonb not null default '[]';
      alter table read.outcomes alter quarantined drop default;
      update read.outcomes set facts = facts || jsonb_build_object('found', jsonb_build_object(), 'said', case when facts ? 'standing'
        then jsonb_build_array(jsonb_build_object('given', facts -> 'standing' -> 'given', 'on', coalesce(facts -> 'standing' ->> 'on', '1900-01-01'))) else '[]'::jsonb end);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.outcomes drop quarantined');
  }
}

/** When it was tried to reach a participant: what is dated after a death or a withdrawal is flagged. */
class ContactAttempts1764000091000 implements MigrationInterface {
  readonly name = 'ContactAttempts1764000091000';

  async up(runner: QueryRunner): Promise<void> {
    await foldAnew(runner);
    await runner.query('alter table read.courses add attempts jsonb not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.courses drop attempts');
  }
}

/** The first consent, which an enrolment is judged by, and the grants that were over when they were given. */
class TurnedDates1764000095000 implements MigrationInterface {
  readonly name = 'TurnedDates1764000095000';

  async up(runner: QueryRunner): Promise<void> {
    await foldAnew(runner);
    await runner.query('alter table read.participants add first_consent jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.participants drop first_consent');
  }
}

/** The order of the lists: without it a page sorted the whole site. */
class ParticipantsInOrder1764000120000 implements MigrationInterface {
  readonly name = 'ParticipantsInOrder1764000120000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("create index participants_in_order on read.participants (coalesce(study_number, ''), participant)");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index read.participants_in_order');
  }
}

/** The day of an offer, by which every session is judged each time it is asked for. */
class OfferedOn1764000127000 implements MigrationInterface {
  readonly name = 'OfferedOn1764000127000';

  async up(runner: QueryRunner): Promise<void> {
    await foldAnew(runner);
    await runner.query('alter table read.sessions add offered_on text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table read.sessions drop offered_on');
  }
}

export const recordMigrations = [RecordTables1764000004000, LaterLife1764000020000, Merged1764000020100, Courses1764000021000, ScreeningDoubts1764000021010, ReviewTables1764000026000, StaffTables1764000022000, Quarantine1764000025010, ContactAttempts1764000091000, TurnedDates1764000095000, ParticipantsInOrder1764000120000, OfferedOn1764000127000];
