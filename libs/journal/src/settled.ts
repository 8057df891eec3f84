type Fields = Readonly<Record<string, unknown>>;

/**
 * A compound value as PostgreSQL gives it back from jsonb: what JSON does not keep is gone, and the fields of each object are in an order of
 * their own, by length in bytes, then by bytes. Parts that need no change are kept as they are.
 *
 * @param known settled already, in the same place: what a fold left alone of it need not be looked at again
 */
export function settledJson(value: unknown, known?: unknown): unknown {
  if (typeof value !== 'object' || value === null) return plain(value) ?? null;
  if (value === known) return value;
  if (isPlain(value)) return settledObject(value, typeof known === 'object' && known !== null ? (known as Fields) : {});
  return Array.isArray(value) ? settledList(value, Array.isArray(known) ? known : []) : settledJson(JSON.parse(JSON.stringify(value)));
}

function settledList(list: readonly unknown[], known: readonly unknown[]): unknown {
  const items = Array.from(list, (item, index) => settledJson(item, known[index]));
  return items.every((item, index) => Object.is(item, list[index])) ? list : items;
}

function settledObject(object: Fields, known: Fields): unknown {
  if (typeof object['toJSON'] === 'function') return settledJson(JSON.parse(JSON.stringify(object)));
  const keys = Object.keys(object);
  const order = ordered(keys);
  let same = order === keys;
  const values = order.map((key) => {
    const value = object[key];
    const kept = isKept(value) ? settledJson(value, known[key]) : undefined;
    same &&= kept !== undefined && Object.is(kept, value);
    return kept;
  });
  return same ? object : record(order, values);
}

/** Without those that are undefined. */
function record(keys: readonly string[], values: readonly unknown[]): Fields {
  const made: Record<string, unknown> = {};
  for (const [nth, key] of keys.entries()) {
    const value = values[nth];
    if (value === undefined) continue;
    if (key === '__proto__') Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true });
    else made[key] = value;
  }
  return made;
}

function ordered(keys: readonly string[]): readonly string[] {
  const order = keys.every((key) => ascii.test(key)) ? byLetters : byBytes;
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
