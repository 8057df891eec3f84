import { Inject, Injectable } from '@nestjs/common';
import { Cursors } from '@cairn/access/cursors.js';
import { isMasked, seesEverything } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { part, RowReader, type RowQuestion } from '@cairn/journal/row-reader.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { REPLAYED, type Replayed } from './replayed.js';
import { viewOf } from './shown.js';
import { entryOf, MaskedTimelineRow, TimelineRow, type TimelineLine } from './timeline.read.js';

/** A page of a timeline as JSON, and the registrations that its entries were recorded under. */
export interface TimelinePage {
  readonly json: string;
  readonly told: readonly Pick<TimelineLine, 'registration'>[];
}

type Told = Pick<TimelineLine, 'entry' | 'type' | 'dated' | 'flags' | 'registration' | 'told'>;
type Ground = Pick<TimelineLine, 'position' | 'told'>;
type Place = Pick<TimelineLine, 'position' | 'happenedAt'>;

/** What is asked of a table of timelines. */
interface Questions {
  readonly page: RowQuestion<[Told]>;
  readonly grounds: RowQuestion<[Ground]>;
  readonly place: RowQuestion<[Place]>;
}

/** Where those stand of whom nobody knows when they happened: after all others. */
const LAST = '9223372036854775807';
const FIRST: Place = { position: 0, happenedAt: Number.MIN_SAFE_INTEGER };

/** The effective history from the read models, in the order in which things happened. */
@Injectable()
export class Timeline {
  private readonly whole: Questions;
  private readonly masked: Questions;

  constructor(
    private readonly reader: RowReader,
    private readonly cursors: Cursors,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {
    this.whole = questionsTo(reader, TimelineRow, replayed.grounds);
    this.masked = questionsTo(reader, MaskedTimelineRow, replayed.grounds);
  }

  /**
   * A page, with what a person should look at in each entry by the record as it stands.
   *
   * @throws Invalid where the cursor is of an entry that is no longer there
   */
  async page(asking: Asking, participant: string, { cursor, limit }: { cursor?: string | undefined; limit: number }): Promise<TimelinePage> {
    const questions = isMasked(asking.caller) ? this.masked : this.whole;
    const list = `timeline/${participant}`;
    const [after] = this.cursors.open(list, cursor) ?? [];
    const { happenedAt, position } = after === undefined ? FIRST : await this.placeOf(questions, participant, String(after));
    const [found, grounds] = await this.reader.together((client) => [questions.page.ask(client, [participant, happenedAt ?? LAST, position, limit + 1]), questions.grounds.ask(client, [participant])]);
    const rows = found.slice(0, limit).flatMap(([row]) => row ?? []);
    const flagsOf = this.replayed.flagsBy(grounds.flatMap(([ground]) => (ground ? entryOf(ground.position, participant, ground.told) : [])));
    // What is kept is what they are told from whom nothing is withheld: for them it need not be taken apart.
    const shown = seesEverything(asking.roles) ? ({ told }: Told) => told : ({ told }: Told) => JSON.stringify(viewOf(entryOf(0, participant, told), this.replayed.aspects, asking.roles));
    const items = rows.map((row) => flagged(shown(row), flagsOf({ id: row.entry, type: row.type, date: row.dated ?? undefined }, row.flags ?? [])));
    const last = found.length > limit ? rows.at(-1) : undefined;
    return { json: `{"items":[${items.join(',')}]${last ? `,"next":${JSON.stringify(this.cursors.seal(list, [last.entry]))}` : ''}}`, told: rows };
  }

  private async placeOf({ place }: Questions, participant: string, entry: string): Promise<Place> {
    const [[found]] = await this.reader.together((client) => [place.ask(client, [participant, entry])]);
    const [seen] = found ?? [];
    if (!seen) throw new Invalid([{ field: 'cursor', message: 'names an entry that is no longer in this timeline: start again without it' }]);
    return seen;
  }
}

/** What flags follow from is looked for in the same rows as what is flagged, by an index of its own. */
function questionsTo(reader: RowReader, row: new () => TimelineLine, grounds: readonly string[]): Questions {
  const types = grounds.map((type) => `'${type}'`).join(', ');
  const { name } = row;
  return {
    page: reader.prepare(`${name}-page`, [part(row, 'entry', 'type', 'dated', 'flags', 'registration', 'told')], (table) => `from ${table} t0 where participant = $1 and (coalesce(happened_at, ${LAST}), position) > ($2, $3) order by happened_at nulls last, position limit $4`),
    grounds: reader.prepare(`${name}-grounds`, [part(row, 'position', 'told')], (table) => `from ${table} t0 where participant = $1 and type in (${types}) order by position`),
    place: reader.prepare(`${name}-place`, [part(row, 'position', 'happenedAt')], (table) => `from ${table} t0 where participant = $1 and entry = $2`),
  };
}

/** With what a person should look at in it, as the last of its fields. */
function flagged(told: string, flags: readonly string[]): string {
  return flags.length === 0 ? told : `${told.slice(0, -1)},"flags":${JSON.stringify(flags)}}`;
}
