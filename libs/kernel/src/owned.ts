/** The records made in the fold under way. */
let made: Set<object> | undefined;

/**
 * Runs a fold to its end. A record that `put` makes in it may be written on by the next `put` of the same fold, for nobody has seen it yet:
 * folding a long history then costs as much as its entries, not as much as their square. From outside a fold stays a pure function.
 */
export function folding<Result>(work: () => Result): Result {
  if (made) return work();
  made = new Set();
  try {
    return work();
  } finally {
    made = undefined;
  }
}

/** A record with one value more, or another one, under a name; what it was made from stays as it is, unless this very fold made it. */
export function put<Value>(kept: Readonly<Record<string, Value>>, name: string, value: Value): Readonly<Record<string, Value>> {
  if (made?.has(kept) && name !== '__proto__') return Object.assign(kept, { [name]: value });
  const changed = { ...kept, [name]: value };
  made?.add(changed);
  return changed;
}
