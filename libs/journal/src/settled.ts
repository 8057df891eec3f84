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
  let made: Fields | undefined = order === keys ? undefined : {};
  for (let nth = 0; nth < order.length; nth++) {
    const key = order[nth] as string;
    const value = object[key];
    const kept = isKept(value) ? settledJson(value, known[key]) : undefined;
    if (!made && (kept === undefined || !Object.is(kept, value))) made = firstOf(object, order, nth);
    if (made && kept !== undefined) add(made, key, kept);
  }
  return made ?? object;
}

function firstOf(object: Fields, keys: readonly string[], count: number): Fields {
  const made: Fields = {};
  for (let nth = 0; nth < count; nth++) add(made, keys[nth] as string, object[keys[nth] as string]);
  return made;
}

function add(made: Fields, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true });
  else (made as Record<string, unknown>)[key] = value;
}

/** The very keys where they are in order. Most come so, or with a new one after them. */
function ordered(keys: readonly string[]): readonly string[] {
  const order = keys.every(isAscii) ? byLetters : byBytes;
  const last = keys.length - 1;
  for (let nth = 1; nth <= last; nth++)
    if (order(keys[nth - 1] as string, keys[nth] as string) >= 0) return nth === last ? inserted(keys.slice(0, last), keys[last] as string, order) : keys.toSorted(order);
  return keys;
}

/** With one key more in its place among those in order. */
function inserted(keys: string[], key: string, order: (a: string, b: string) => number): readonly string[] {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(keys[middle] as string, key) < 0) from = middle + 1;
    else to = middle;
  }
  keys.splice(from, 0, key);
  return keys;
}

function isAscii(key: string): boolean {
  return ascii.test(key);
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
