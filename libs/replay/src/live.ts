import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AccessLog } from '@cairn/access/access-log.js';
import { reaching, seesGroup } from '@cairn/access/policy.js';
import type { Caller, Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { LiveReader, type Batch, type Sink } from './live-reader.js';
import { REPLAYED, type Located, type Replayed } from './replayed.js';
import { viewOf } from './shown.js';

export interface LiveFilter {
  readonly participant?: string | undefined;
  readonly site?: string | undefined;
  /** Id of the last entry the caller has seen: everything after it follows first. */
  readonly lastSeen?: string | undefined;
}

/** The positions after which a stream is to begin, and at which the log ended then. */
export interface Beginning {
  readonly after: number;
  readonly head: number;
}

/** The common look at the log, and the last position it has seen. */
interface Following {
  readonly stop: AbortController;
  position: number;
}

/** There are as many open streams as this process, or this caller, may have. */
export class TooManyStreams extends Error {}

const HEARTBEAT_MS = 15_000;
const MOST_READERS = 4_000;
const MOST_OF_ONE = 20;
const BATCH = 200;

/**
 * What is recorded, as it is recorded: one look at the log serves everyone who listens. Each sees what they may see at that moment, and
 * the access log holds it before it is sent.
 */
@Injectable()
export class Live implements OnModuleDestroy {
  private readonly readers = new Map<LiveReader, string>();
  private following: Following | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly journal: Journal,
    private readonly accessLog: AccessLog,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** How many listen at this moment. */
  get open(): number {
    return this.readers.size;
  }

  /**
   * Where a stream is to begin: after the entry the caller saw last, else at the end of the log; and where that end is.
   *
   * @throws Invalid when the caller can have seen no such entry
   * @throws TooManyStreams
   */
  async begin({ caller }: Asking, { lastSeen }: LiveFilter): Promise<Beginning> {
    if (this.readers.size >= MOST_READERS) throw new TooManyStreams('This service has as many open streams as it takes. Try again later.');
    if ([...this.readers.values()].filter((id) => id === caller.id).length >= MOST_OF_ONE) throw new TooManyStreams(`You have ${MOST_OF_ONE} open streams already. Close one of them.`);
    const head = await this.journal.head();
    if (lastSeen === undefined) return { after: head, head };
    const place = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lastSeen) ? await this.journal.placeOf(lastSeen) : undefined;
    const position = place && this.sees(caller, place.stream) ? await this.journal.position(lastSeen) : undefined;
    if (position === undefined) throw new Invalid([{ field: 'Last-Event-ID', message: 'is not the id of an entry you have seen: begin without it, and read what you missed from the timelines' }]);
    return { after: position, head };
  }

  /** Listens until the caller leaves, the stream is ended, or the reader is too slow. */
  listen(asking: Asking, filter: LiveFilter, { after, head }: Beginning, sink: Sink): LiveReader {
    const reader = new LiveReader(sink, (batch) => this.frames(asking, filter, batch), after, () => this.readers.delete(reader));
    this.readers.set(reader, asking.caller.id);
    void this.serve(reader, after, this.follow(head)).finally(() => this.leave(reader));
    return reader;
  }

  leave(reader: LiveReader): void {
    reader.end();
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.following?.stop.abort();
    this.following = undefined;
    clearInterval(this.heartbeat);
  }

  onModuleDestroy(): void {
    for (const reader of [...this.readers.keys()]) this.leave(reader);
  }

  /** First what was recorded up to where the common look at the log stands, at the pace at which it is taken; then whatever comes. */
  private async serve(reader: LiveReader, after: number, common: Following): Promise<void> {
    const caughtUp = new AbortController();
    try {
      if (after >= common.position) reader.listen();
      else
        for await (const batch of this.journal.follow(after, { signal: caughtUp.signal, batch: BATCH })) {
          await reader.send(this.located(batch));
          if (!reader.ended && (batch.at(-1)?.position ?? 0) < common.position) continue;
          reader.listen();
          break;
        }
      await reader.run();
    } catch {
      // The caller's access has ended, the access log cannot be written, or an entry cannot be read: nothing more is shown on this stream.
    } finally {
      caughtUp.abort();
    }
  }

  /** Begins to look at the log from here if nobody does. */
  private follow(head: number): Following {
    if (this.following) return this.following;
    this.following = { stop: new AbortController(), position: head };
    this.heartbeat = setInterval(() => {
      for (const reader of this.readers.keys()) reader.heartbeat();
    }, HEARTBEAT_MS).unref();
    void this.pass(this.following);
    return this.following;
  }

  private async pass(following: Following): Promise<void> {
    try {
      for await (const batch of this.journal.follow(following.position, { signal: following.stop.signal, batch: BATCH })) {
        following.position = batch.at(-1)?.position ?? following.position;
        const located = this.located(batch);
        for (const reader of this.readers.keys()) reader.offer(located);
      }
    } catch {
      // Something in the log cannot be read by this program: the streams end, and the service's readiness says why.
    }
    if (this.following === following) this.onModuleDestroy();
  }

  private located(entries: readonly Entry[]): Batch {
    const asked = new Map<string, Promise<Located | undefined>>();
    const whereabouts = (participant: string) => {
      const known = asked.get(participant) ?? this.replayed.whereabouts(participant);
      asked.set(participant, known);
      return known;
    };
    return { entries, whereabouts };
  }

  private sees(caller: Caller, stream: string): boolean {
    const group = this.replayed.aspects.find(({ events }) => events.stream === categoryOf(stream))?.events;
    return group !== undefined && seesGroup(caller, group);
  }

  /** What of these entries the caller may see now, as server-sent events; the access log holds whom they tell of. */
  private async frames(asking: Asking, filter: LiveFilter, { entries, whereabouts }: Batch): Promise<string> {
    const { caller, roles, method, route, requestId } = asking;
    const told = new Set<string>();
    let text = '';
    for (const entry of entries) {
      const own = subjectOf(entry.stream);
      const through = this.sees(caller, entry.stream) ? await this.reached(asking, filter, own, whereabouts) : undefined;
      if (!through) continue;
      const { participant } = through;
      told.add(own).add(participant);
      const view = viewOf(participant === own ? entry : { ...entry, registration: own }, this.replayed.aspects, through.roles);
      text += `id: ${entry.id}\nevent: recorded\ndata: ${JSON.stringify({ participant, ...view })}\n\n`;
    }
    if (told.size === 0) return '';
    await this.replayed.stillMay(caller);
    await this.accessLog.record({ actor: caller.id, roles: [...roles], sites: [...caller.sites], method, route, participants: [...told], requestId });
    return text;
  }

  /** As whose it is shown: of the person as they live on now, or of the very registration, as far as the caller asks for it and reaches it. */
  private async reached({ caller, roles }: Asking, { participant, site }: LiveFilter, own: string, whereabouts: Batch['whereabouts']): Promise<{ participant: string; roles: Role[] } | undefined> {
    const chain: { readonly id: string; readonly where: Located }[] = [];
    for (let id: string | undefined = own; id !== undefined && chain.every((passed) => passed.id !== id); ) {
      const where: Located | undefined = await whereabouts(id);
      if (!where) break;
      chain.push({ id, where });
      id = where.mergedInto;
    }
    for (const { id, where } of chain.reverse()) {
      if ((participant !== undefined && participant !== id) || (site !== undefined && site !== where.site)) continue;
      const through = reaching(roles, caller, where);
      if (through.length > 0) return { participant: id, roles: through };
    }
    return undefined;
  }
}
