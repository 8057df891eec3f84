import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as transforms } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, MATCHES, ValidationTypes } from 'class-validator';
import { declaredBy, type DataClass } from './declared.js';

type Plain = Readonly<Record<string, unknown>>;
type Declared = ReturnType<typeof declaredBy>[number];
type Passes = (value: unknown, depth: number) => boolean;
type FieldPasses = (value: unknown, object: Plain, depth: number) => boolean;
type Rule = (value: unknown, object: Plain) => boolean;

/** How deep values may be nested: more would exhaust the validators' stack. */
export const DEEPEST = 32;

const compiled = new WeakMap<DataClass, Passes>();

/**
 * A quick yes to what the validators would find no fault with: the rules are theirs, asked without copying the value and without looking up
 * what its class declares. No means that they must be asked: they may find nothing, and alone say what is wrong.
 */
export function passes(data: DataClass, value: unknown): boolean {
  return compiledOf(data)(value, 0);
}

function compiledOf(data: DataClass): Passes {
  const known = compiled.get(data) ?? compile(data) ?? (() => false);
  compiled.set(data, known);
  return known;
}

/** Undefined for a class that says more than is known here. */
function compile(data: DataClass): Passes | undefined {
  if (!isDeclaredByFieldsAlone(data)) return undefined;
  const fields = new Map<string, FieldPasses>();
  for (const [name, declared] of Map.groupBy(declaredBy(data), ({ propertyName }) => propertyName)) {
    const field = compileField(data, name, declared);
    if (!field) return undefined;
    fields.set(name, field);
  }
  const all = [...fields];
  // Asked of every request: loops leave nothing behind to be collected, unlike what `every` is given.
  return (value, depth) => {
    if (!isPlain(value) || depth > DEEPEST) return false;
    for (const name in value) if (!fields.has(name)) return false;
    for (const [name, holds] of all) if (!holds(value[name], value, depth)) return false;
    return true;
  };
}

/** Whether nothing but what it declares of its fields decides what becomes of a value. */
function isDeclaredByFieldsAlone(data: DataClass): boolean {
  const { PLAIN_TO_CLASS } = TransformationType;
  const says = [...transforms.getExposedProperties(data, PLAIN_TO_CLASS), ...transforms.getExcludedProperties(data, PLAIN_TO_CLASS), ...Object.keys(new data())];
  return says.length === 0 && transforms.getStrategy(data) === 'none';
}

function compileField(data: DataClass, name: string, declared: readonly Declared[]): FieldPasses | undefined {
  const [conditions, customs, nested] = [ValidationTypes.CONDITIONAL_VALIDATION, ValidationTypes.CUSTOM_VALIDATION, ValidationTypes.NESTED_VALIDATION].map((type) => declared.filter((each) => each.type === type)) as [Declared[], Declared[], Declared[]];
  if (conditions.length + customs.length + nested.length < declared.length || declared.some(({ validateIf }) => validateIf)) return undefined;
  if (transforms.findTransformMetadatas(data, name, TransformationType.PLAIN_TO_CLASS).length > 0) return undefined;
  const within = nested.length > 0 ? compileNested(data, name, nested.every(({ each }) => each)) : isSound;
  const rules = customs.map(compileRule);
  if (!within || (nested.length === 0 && hasType(data, name)) || !rules.every((rule) => rule !== undefined)) return undefined;
  const wanted = conditions.map(({ constraints: [condition] }) => condition as (object: Plain, value: unknown) => boolean);
  return (value, object, depth) => {
    for (const applies of wanted) if (!applies(object, value)) return value === undefined;
    if (!within(value, depth + 1)) return false;
    for (const holds of rules) if (!holds(value, object)) return false;
    return true;
  };
}

const typeOf = (data: DataClass, name: string) => transforms.findTypeMetadata(data, name) as ReturnType<typeof transforms.findTypeMetadata> | undefined;
const hasType = (data: DataClass, name: string) => typeOf(data, name) !== undefined;

/** Looked into when first met: a class may hold others of its own kind. */
function compileNested(data: DataClass, name: string, isList: boolean): Passes | undefined {
  const type = typeOf(data, name);
  if (!type || type.options.discriminator) return undefined;
  const one: Passes = (value, depth) => compiledOf(type.typeFunction() as DataClass)(value, depth);
  return isList ? (value, depth) => Array.isArray(value) && value.every((item) => one(item, depth + 1)) : one;
}

/** The validators' own rule, for one value or for each of a list. */
function compileRule(declared: Declared): Rule | undefined {
  const { constraintCls, constraints, each, propertyName, target } = declared;
  const [validator, ...more] = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  if (!validator || more.length > 0 || validator.async) return undefined;
  // One for all values: no rule asks another.
  const asked = { value: undefined as unknown, object: {}, constraints, property: propertyName, targetName: typeof target === 'string' ? target : target.name };
  const holds = matching(declared) ?? ((one: unknown) => validator.instance.validate(one, asked) === true);
  return (value, object) => {
    asked.value = value;
    asked.object = object;
    return each && Array.isArray(value) ? value.every(holds) : holds(value);
  };
}

/** What most fields say, asked of the pattern itself: the validators have it make an array each time. */
function matching({ name, constraints }: Declared): ((one: unknown) => boolean) | undefined {
  if (name !== MATCHES) return undefined;
  const [pattern, flags] = constraints as [pattern: unknown, flags?: unknown];
  const isAlone = pattern instanceof RegExp && flags === undefined && !pattern.global && !pattern.sticky;
  return isAlone ? (one) => typeof one === 'string' && pattern.test(one) : undefined;
}

/** Text that PostgreSQL and everybody else can hold, and plain values without null: what no validator looks for. */
function isSound(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isHoldable(value);
  if (typeof value !== 'object') return value === undefined || typeof value === 'number' || typeof value === 'boolean';
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.every((item) => isSound(item, depth + 1));
  return isPlain(value) && Object.entries(value).every(([name, inner]) => !(name in Object.prototype) && isHoldable(name) && isSound(inner, depth + 1));
}

export const isHoldable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
