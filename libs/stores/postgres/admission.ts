import { NO_STREAM, StoreRefused, type NewEvent, type Write } from '@cairn/kernel/event-store.js';

/** What an index entry can hold of a stream's name, in bytes. */
const STREAM_BYTES = 1_000;
const TYPE_BYTES = 1_000;
const EVENT_BYTES = 4 * 1024 * 1024;
const APPEND_BYTES = 32 * 1024 * 1024;
const APPEND_EVENTS = 10_000;
const LAST_REVISION = 2 ** 31 - 1;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** Whether PostgreSQL holds this text and gives the same back: no NUL character, no half of a surrogate pair. */
const isHoldable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

export const isStreamName = (text: string): boolean => text.length > 0 && isHoldable(text) && Buffer.byteLength(text) <= STREAM_BYTES;

/**
 * Turns away at the door what the log could not hold, so that no batch fails for it.
 *
 * @returns the append's size in bytes
 * @throws StoreRefused what is wrong, and with which stream or event; never the event's content
 */
export function admit(writes: readonly Write[]): number {
  const streams = new Set<string>();
  const ids = new Set<string>();
  let bytes = 0;
  for (const { stream, expected, events } of writes) {
    if (!isStreamName(stream)) refuse(`a stream's name must be 1 to ${STREAM_BYTES} bytes of text without a NUL character`);
    if (streams.has(stream)) refuse(`stream ${stream} appears twice in one append; put its events into one write`);
    if (!Number.isInteger(expected) || expected < NO_STREAM || expected + events.length > LAST_REVISION)
      refuse(`${expected} is no revision that stream ${stream} can be expected at`);
    streams.add(stream);
    for (const event of events) {
      const id = event.id.toLowerCase();
      if (ids.has(id)) refuse(`event ${id} appears twice in one append`);
      ids.add(id);
      bytes += sizeOf(event);
    }
  }
  if (bytes > APPEND_BYTES) refuse(`its events have ${bytes} bytes, and an append holds ${APPEND_BYTES}; split it`);
  if (ids.size > APPEND_EVENTS) refuse(`it has ${ids.size} events, and an append holds ${APPEND_EVENTS}; split it`);
  return bytes;
}

function sizeOf({ id, type, version, data, meta }: NewEvent): number {
  if (!isUuid(id)) refuse(`an event's id is not a UUID`);
  if (!isHoldable(type) || Buffer.byteLength(type) > TYPE_BYTES) refuse(`the type of event ${id} is not ${TYPE_BYTES} bytes of text without a NUL character`);
  if (!Number.isInteger(version) || version < 0 || version > 32_767) refuse(`the version of event ${id} is not a whole number from 0 to 32767`);
  if (!isHoldable(data) || !isHoldable(meta)) refuse(`the text of event ${id} holds a NUL character or half of a surrogate pair`);
  const bytes = Buffer.byteLength(data) + Buffer.byteLength(meta);
  if (bytes > EVENT_BYTES) refuse(`event ${id} has ${bytes} bytes, and an event holds ${EVENT_BYTES}`);
  return bytes;
}

function refuse(reason: string): never {
  throw new StoreRefused(`The store cannot hold this append, and nothing was written: ${reason}.`);
}
