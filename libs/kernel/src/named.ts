/** What is kept under a name that a person chose; `constructor`, which every object has, is a name like any other. */
export function named<Value>(kept: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(kept, name) ? kept[name] : undefined;
}
