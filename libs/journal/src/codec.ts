import { definitionOf, lift, UnreadableEvent, type Catalogue } from '@cairn/kernel/catalogue.js';
import type { EntryAmended, EntryReattributed } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import type { NewEvent, StoredEvent } from '@cairn/kernel/event-store.js';
import { KeyDestroyed, type DataKey, type Keyring } from '@cairn/privacy/keyring.js';
import { open, seal } from '@cairn/privacy/seal.js';

/** What of an entry only those who hold the subject's key may read. */
type Inner = Pick<Entry, 'data' | 'occurred' | 'reason'>;
type Outer = Pick<Entry, 'actor' | 'source' | 'correlationId' | 'causationId' | 'commandId' | 'fingerprint' | 'protocol'>;

/** By participant; undefined once destroyed, or never made. */
export type Keys = ReadonlyMap<string, DataKey | undefined>;

export type Unplaced = Omit<Entry, 'position' | 'recordedAt'>;

interface Opened {
  readonly key: DataKey | undefined;
  readonly entry: Entry;
}

/** Between entries and what a store keeps: seals on the way in, opens and lifts on the way out. */
export class Codec {
  private readonly catalogues: ReadonlyMap<string, Catalogue>;
  /** What was opened once for all, for as long as the store has it at hand. */
  private readonly opened = new WeakMap<StoredEvent, Opened>();

  constructor(
    private readonly keyring: Keyring,
    catalogues: readonly Catalogue[],
  ) {
    this.catalogues = new Map(catalogues.map((catalogue) => [catalogue.stream, catalogue]));
  }

  /** @throws UnreadableEvent when no catalogue of this program is about such streams */
  catalogueOf(stream: string): Catalogue {
    const found = this.catalogues.get(categoryOf(stream));
    if (!found) throw new UnreadableEvent(`This program knows no ${categoryOf(stream)} streams. Run a release that does.`);
    return found;
  }

  /** @throws KeyDestroyed when the participant was erased */
  async encode(entries: readonly Unplaced[], known: Keys = new Map()): Promise<NewEvent[]> {
    const missing = entries.filter(({ stream }) => this.isSealed(stream) && !known.get(subjectOf(stream))).map(({ stream }) => subjectOf(stream));
    const keys = missing.length === 0 ? known : new Map([...known, ...(await Promise.all([...new Set(missing)].map(async (subject) => [subject, await this.keyring.keyFor(subject)] as const)))]);
    return entries.map((entry) => this.encoded(entry, keys));
  }

  /** What was just encoded and taken, as `decode` would give it back. */
  recorded(event: Unplaced, position: number, recordedAt: string): Entry {
    return { ...event, ...(JSON.parse(textOf(event)) as Inner), position, recordedAt };
  }

  /**
   * Opens what can be opened; an entry whose key was destroyed comes back erased.
   *
   * @param known keys at hand; those that are not are asked for
   * @throws UnreadableEvent, SealBroken
   */
  async decode(stored: readonly StoredEvent[], known: Keys = new Map()): Promise<Entry[]> {
    const missing = stored.map(({ stream }) => stream).filter((stream) => !known.get(subjectOf(stream)));
    const found = missing.length > 0 ? await this.keys(missing) : known;
    return stored.map((event) => this.open(event, known.get(subjectOf(event.stream)) ?? found.get(subjectOf(event.stream))));
  }

  /** The same for several who come to the very same events one after the other: each is opened for the first of them. @throws UnreadableEvent, SealBroken */
  async decodeOnce(stored: readonly StoredEvent[]): Promise<Entry[]> {
    const keys = await this.keys(stored.map(({ stream }) => stream));
    return stored.map((event) => this.openOnce(event, keys.get(subjectOf(event.stream))));
  }

  /** The keys of the participants these streams are about; none for those erased. */
  keys(streams: readonly string[]): Promise<Map<string, DataKey | undefined>> {
    return this.keyring.keysFor([...this.subjects(streams)]);
  }

  /** The participants these streams are about. */
  subjects(streams: readonly string[]): Set<string> {
    const subjects = new Set<string>();
    for (const stream of streams) if (this.isSealed(stream)) subjects.add(subjectOf(stream));
    return subjects;
  }

  isSealed(stream: string): boolean {
    return this.catalogueOf(stream).about === 'participant';
  }

  /** The same as before for the very same key. */
  private openOnce(event: StoredEvent, key: DataKey | undefined): Entry {
    const known = this.opened.get(event);
    if (known && known.key === key) return known.entry;
    const entry = this.open(event, key);
    this.opened.set(event, { key, entry });
    return entry;
  }

  private encoded(entry: Unplaced, keys: Keys): NewEvent {
    const { id, stream, type, version, actor, source, correlationId, causationId, commandId, fingerprint, protocol } = entry;
    const outer: Outer = { actor, source, correlationId, ...(causationId && { causationId }), commandId, fingerprint, ...(protocol && { protocol }) };
    const inner = textOf(entry);
    if (!this.isSealed(stream)) return { id, type, version, data: inner, meta: JSON.stringify(outer) };
    const key = keys.get(subjectOf(stream));
    if (!key) throw new KeyDestroyed(subjectOf(stream));
    return { id, type, version, data: seal(key, id, inner), meta: JSON.stringify(outer) };
  }

  private open({ data: text, meta, ...placed }: StoredEvent, key: DataKey | undefined): Entry {
    const group = this.catalogueOf(placed.stream);
    const outer = JSON.parse(meta) as Outer;
    definitionOf(group, placed.type);
    if (group.about === 'participant' && !key)
      return { ...placed, ...outer, data: {}, occurred: { precision: 'unknown', zone: 'UTC' }, erased: true };
    const { data, occurred, reason } = JSON.parse(key ? open(key, placed.id, text) : text) as Inner;
    const lifted = liftInner(group, placed.type, lift(group, placed.type, placed.version, data));
    return { ...placed, ...outer, data: lifted, occurred, ...(reason && { reason }) };
  }
}

function textOf({ data, occurred, reason }: Inner): string {
  return JSON.stringify({ data, occurred, ...(reason && { reason }) } satisfies Inner);
}

/** A correction holds data of another type, at the version it was written in. */
function liftInner(group: Catalogue, type: string, data: unknown): unknown {
  if (type === 'EntryAmended') {
    const amended = data as EntryAmended;
    return { ...amended, data: lift(group, amended.type, amended.version, amended.data) };
  }
  if (type === 'EntryReattributed') {
    const { carried, ...rest } = data as EntryReattributed;
    return carried ? { ...rest, carried: { ...carried, data: lift(group, carried.type, carried.version, carried.data) } } : rest;
  }
  return data;
}
