/** What is settled already: what a fold leaves alone stays so, and need not be looked at again. */
const settled = new WeakSet<object>();

/**
 * A compound value as PostgreSQL gives it back from jsonb: what JSON does not keep is gone, and the fields of each object are in an order of
 * their own, by length in bytes, then by bytes. Parts that need no change are kept as they are.
 */
export function settledJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return plain(value) ?? null;
  if (settled.has(value)) return value;
  const made = isPlain(value) ? settledObject(value) : Array.isArray(value) ? settledList(value) : settledJson(JSON.parse(JSON.stringify(value)));
  if (typeof made === 'object' && made !== null) settled.add(made);
  return made;
}

function settledList(list: readonly unknown[]): unknown {
  const items = Array.from(list, settledJson);
  return items.every((item, index) => Object.is(item, list[index])) ? list : items;
}

function settledObject(object: Readonly<Record<string, unknown>>): unknown {
  if (typeof object['toJSON'] === 'function') return settledJson(JSON.parse(JSON.stringify(object)));
  const keys = Object.keys(object);
  const order = ordered(keys);
  const made: Record<string, unknown> = {};
  let same = order === keys;
  for (const key of order) {
    const value = object[key];
    same &&= isKept(value);
    if (!isKept(value)) continue;
    const kept = settledJson(value);
    same &&= Object.is(kept, value);
    if (key === '__proto__') Object.defineProperty(made, key, { value: kept, enumerable: true, writable: true, configurable: true });
    else made[key] = kept;
  }
  return same ? object : made;
}

function ordered(keys: readonly string[]): readonly string[] {
  const order = ascii.test(keys.join('')) ? byLetters : byBytes;
  return keys.every((key, index) => index === 0 || order(keys[index - 1] ?? '', key) < 0) ? keys : keys.toSorted(order);
}

/** Of names in ASCII. */
function byLetters(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function byBytes(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const ascii = /^[\x20-\x7e]*$/;

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isKept(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** As JSON writes and reads it; undefined for what it leaves out. @throws TypeError for a bigint */
function plain(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0))) return value;
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
