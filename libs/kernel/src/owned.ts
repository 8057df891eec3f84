let isFolding = false;
/** The records made in the fold under way. */
const made = new Set<object>();

/**
 * Runs a fold to its end. A record that `put` makes in it may be written on by the next `put` of the same fold, for nobody has seen it yet:
 * folding a long history then costs as much as its entries, not as much as their square. From outside a fold stays a pure function.
 */
export function folding<Result>(work: () => Result): Result {
  if (isFolding) return work();
  isFolding = true;
  try {
    return work();
  } finally {
    isFolding = false;
    if (made.size > 0) made.clear();
  }
}

/** A record with one value more, or another one, under a name; what it was made from stays as it is, unless this very fold made it. */
export function put<Value>(kept: Readonly<Record<string, Value>>, name: string, value: Value): Readonly<Record<string, Value>> {
  if (made.has(kept) && name !== '__proto__') return Object.assign(kept, { [name]: value });
  const changed = { ...kept, [name]: value };
  if (isFolding) made.add(changed);
  return changed;
}
