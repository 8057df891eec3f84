import { IsInt, IsString } from 'class-validator';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import { Linked, Open, Personal } from '@cairn/kernel/disclosure.js';
import type { Fact } from '@cairn/kernel/envelope.js';
import { ParticipantsMerged, ParticipantsUnmerged } from '@cairn/kernel/merges.js';
import { endOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { Refused } from '@cairn/kernel/refused.js';
import type { RawLog, RawRow } from './raw-table.js';

/* A record small enough for specs: people keep diaries, say how they feel, and belong to a club. */

export class DayWritten {
  @Linked() @IsString() day: string;
  @Personal() @IsString() text: string;
  @Open() @IsInt() words: number;
}
class DayPraised {
  @Linked() @IsString() day: string;
}
class MoodTold {
  @Linked() @IsInt() score: number;
}
class ClubNamed {
  @Open() @IsString() name: string;
}

export const diaryEvents = catalogue(
  { stream: 'diary', about: 'participant' },
  {
    DayWritten: { version: 1, data: DayWritten, fixed: ['day'] },
    DayPraised: { version: 1, data: DayPraised },
    ParticipantsMerged: { version: 1, data: ParticipantsMerged },
    ParticipantsUnmerged: { version: 1, data: ParticipantsUnmerged },
  },
);
export const moodEvents = catalogue({ stream: 'mood', about: 'participant', reveals: 'allocation' }, { MoodTold: { version: 1, data: MoodTold } });
export const clubEvents = catalogue({ stream: 'club', about: 'programme' }, { ClubNamed: { version: 1, data: ClubNamed } });
class Counted {
  @Open() @IsString() what: string;
}
export const tallyEvents = catalogue({ stream: 'tally', about: 'programme' }, { Counted: { version: 1, data: Counted } });
export const toyCatalogues = [diaryEvents, moodEvents, clubEvents, tallyEvents];

export interface Diary {
  readonly days: Readonly<Record<string, Known<DayWritten>>>;
  readonly praised: readonly string[];
}
export type DiaryCommand = { readonly type: 'WriteDay'; readonly day: string; readonly text: string } | { readonly type: 'PraiseDay'; readonly day: string };

export const diary: Decider<Diary, DiaryCommand, FactOf<typeof diaryEvents>> = {
  events: diaryEvents,
  initial: { days: {}, praised: [] },
  decide(command, { days, praised }) {
    const { day } = command;
    const known = days[day];
    switch (command.type) {
      case 'WriteDay': {
        const data = { day, text: command.text, words: command.text.split(' ').length };
        if (known && !restates(known, data, undefined)) throw alreadyRecorded(`The day ${day}`);
        return known ? [] : [{ type: 'DayWritten', data }];
      }
      case 'PraiseDay':
        if (!known) throw new Refused('day-unknown', 'Nothing was written that day.');
        return praised.includes(day) ? [] : [{ type: 'DayPraised', data: { day } }];
    }
  },
  evolve: (state, entry) =>
    entry.type === 'DayWritten'
      ? { ...state, days: { ...state.days, [entry.data.day]: { data: entry.data, occurred: entry.occurred } } }
      : entry.type === 'DayPraised'
        ? { ...state, praised: [...state.praised, entry.data.day] }
        : state,
  holds: ({ days, praised }) => (praised.some((day) => !days[day]) ? new Refused('day-praised', 'The day was praised.') : undefined),
};

/** Writes whatever it is told: what corrections and merges there may be, whoever decided them. */
export const scribe: Decider<null, Fact, Fact> = { events: diaryEvents, initial: null, decide: (fact) => [fact], evolve: () => null };

export const mood: Decider<number, { readonly score: number }, FactOf<typeof moodEvents>> = {
  events: moodEvents,
  initial: 0,
  decide({ score }, last) {
    if (score < 0) throw new Refused('mood-impossible', 'No mood is below nothing.');
    return score === last ? [] : [{ type: 'MoodTold', data: { score } }];
  },
  evolve: (_, { data }) => data.score,
};

export const club: Decider<string, { readonly name: string }, FactOf<typeof clubEvents>> = {
  events: clubEvents,
  initial: '',
  decide: ({ name }, known) => (name === known ? [] : [{ type: 'ClubNamed', data: { name } }]),
  evolve: (_, { data }) => data.name,
};

/** Counts whatever it is told, as often as it is told: only the one door keeps it from counting the same command twice. */
export const tally: Decider<number, { readonly what: string }, FactOf<typeof tallyEvents>> = {
  events: tallyEvents,
  initial: 0,
  decide({ what }, counted) {
    if (what === '') throw new Refused('nothing-to-count', 'Say what to count.');
    return counted < 1_000_000 ? [{ type: 'Counted', data: { what } }] : [];
  },
  evolve: (counted) => counted + 1,
};

/** One row a day, with a column of every type that read models keep, and names that SQL reserves. */
@Entity({ schema: 'read', name: 'toy_days' })
export class DayRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('text') day: string;
  @Column('bigint') position: number;
  @Column('int', { nullable: true }) order: number | null;
  @Column('varchar', { name: 'select', nullable: true, length: 40 }) user: string | null;
  @Column('boolean') praised: boolean;
  @Column('date', { name: 'written_on', nullable: true }) writtenOn: string | null;
  @Column('timestamptz', { name: 'written_at', nullable: true }) writtenAt: Date | null;
  @Column('float8', { nullable: true }) weight: number | null;
  @Column('jsonb', { name: 'said', nullable: true }) said: { text: string; words: number; tags: string[] } | null;
}

export const days = readModel(
  DayRow,
  [diaryEvents],
  {
    key: { column: 'day', of: ({ data }) => (data as { day?: string }).day },
    initial: { day: '', order: null, user: null, praised: false, writtenOn: null, writtenAt: null, weight: null, said: null },
  },
  {
    DayWritten: (row, { data: { text, words }, occurred, recordedAt, actor, revision }) => ({
      ...row,
      order: revision,
      user: actor.id,
      writtenOn: occurred.at?.slice(0, 10) ?? null,
      writtenAt: new Date(endOf(occurred) ?? recordedAt),
      weight: words / 7,
      said: { words, text, tags: text.split(' ') },
    }),
    DayPraised: (row) => ({ ...row, praised: true }),
  },
);

/** One row a person; it names fields in the order in which an object gives them, as a careless fold may. */
@Entity({ schema: 'read', name: 'toy_people' })
export class PersonRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('int') told: number;
  @Column('int') erased: number;
  @Column('int', { nullable: true }) mood: number | null;
  @Column('jsonb', { name: 'words_by_day' }) wordsByDay: Readonly<Record<string, number>>;
  @Column('jsonb', { name: 'days' }) days: readonly string[];
  @Column('uuid', { name: 'lives_under', nullable: true }) livesUnder: string | null;
  @Column('jsonb') merged: readonly string[];
}

export const people = readModel(
  PersonRow,
  [diaryEvents, moodEvents],
  {
    initial: { told: 0, erased: 0, mood: null, wordsByDay: {}, days: [], livesUnder: null, merged: [] },
    keepsMerged: true,
    every: (row) => ({ ...row, told: row.told + 1 }),
    erased: (row) => ({ ...row, erased: row.erased + 1 }),
    derive: (row) => ({ ...row, days: Object.keys(row.wordsByDay) }),
  },
  {
    DayWritten: (row, { data }) => ({ ...row, wordsByDay: { ...row.wordsByDay, [data.day]: data.words } }),
    MoodTold: (row, { data }) => ({ ...row, mood: data.score }),
    ParticipantsMerged: (row, { data: { kept, merged } }) => (merged === row.participant ? { ...row, livesUnder: kept } : { ...row, merged: [...row.merged, merged] }),
    ParticipantsUnmerged: (row, { data: { merged } }) => ({ ...row, merged: row.merged.filter((one) => one !== merged) }),
  },
);

/** Every entry as it came. */
@Entity({ schema: 'read', name: 'toy_log' })
export class LogRow implements RawRow {
  @PrimaryColumn('bigint') position: number;
  @Column('uuid') event: string;
  @Column('text') stream: string;
  @Column('boolean') correction: boolean;
}

export const toyLog: RawLog<LogRow> = {
  row: LogRow,
  of: ({ position, id, stream, type }) => ({ position, event: id, stream, correction: isCorrection(type) }),
};
