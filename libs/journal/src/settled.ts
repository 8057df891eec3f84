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
  const changed: [string, unknown][] = [];
  let inOrder = true;
  let previous: string | undefined;
  for (const key of keys) {
    const value = object[key];
    if (!isKept(value)) return resorted(object, keys);
    inOrder &&= ascii.test(key) && (previous === undefined || follows(previous, key));
    previous = key;
    const made = settledJson(value);
    if (!Object.is(made, value)) changed.push([key, made]);
  }
  if (!inOrder) return resorted(object, keys);
  return changed.length === 0 ? object : Object.assign({ ...object }, Object.fromEntries(changed));
}

function resorted(object: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  const kept = keys.filter((key) => isKept(object[key]));
  if (kept.every((key) => ascii.test(key))) kept.sort((a, b) => (follows(a, b) ? -1 : 1));
  else kept.sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(kept.map((key) => [key, settledJson(object[key])]));
}

/** Whether one field comes before another, both in ASCII; other letters are left to the slow way. */
function follows(a: string, b: string): boolean {
  return a.length < b.length || (a.length === b.length && a < b);
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
