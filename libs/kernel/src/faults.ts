import { plainToInstance } from 'class-transformer';
import { validateSync, ValidationTypes, type ValidationError } from 'class-validator';
import { declaredBy, fieldsOf, type DataClass } from './declared.js';
import { DEEPEST, isHoldable, passes } from './quick-check.js';
import type { Fault } from './refused.js';

const UNKNOWN = 'is not a field of this';

/** What is wrong with a value read as an instance of a class; unknown fields and NUL characters included. */
export function faultsOf(data: DataClass, value: unknown, at = ''): Fault[] {
  return passes(data, value) ? [] : faultsFound(data, value, at);
}

/** The same without the quick way, from the validators. */
export function faultsFound(data: DataClass, value: unknown, at = ''): Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ field: at || 'body', message: 'must be an object' }];
  const strange = strangers(value, at);
  if (strange.length > 0) return strange;
  // Validators know nothing of a class without fields.
  if (fieldsOf(data).length === 0) return Object.keys(value).map((name) => ({ field: inside(at, name), message: UNKNOWN }));
  const instance = plainToInstance(data, value);
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  return [...errors.flatMap((error) => flatten(error, at)), ...lists(instance, at), ...nulls(value, at)];
}

function inside(at: string, name: string): string {
  return at ? `${at}.${name}` : name;
}

function flatten(error: ValidationError, at: string): Fault[] {
  const field = /^\d+$/.test(error.property) ? `${at}[${error.property}]` : inside(at, error.property);
  if (error.value === undefined && error.constraints && !('whitelistValidation' in error.constraints)) return [{ field, message: 'is missing' }];
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({ field, message: worded(rule, message, error.property) }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}

function worded(rule: string, message: string, property: string): string {
  if (rule === 'whitelistValidation') return UNKNOWN;
  if (rule === 'nestedValidation') return 'must be an object, or a list of objects where a list is asked for';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/** What the validators are blind to: names that every object has (`constructor`, `__proto__`), and nesting that would exhaust the stack. */
function strangers(value: unknown, at: string, depth = 0): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > DEEPEST) return [{ field: at, message: `is nested more than ${DEEPEST} levels deep` }];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = Array.isArray(value) ? `${at}[${name}]` : inside(at, name);
    return name in Object.prototype ? [{ field, message: UNKNOWN }] : strangers(inner, field, depth + 1);
  });
}

/** Lists where one object is asked for, and lists in lists: to the validators any list of good objects is a good object. */
function lists(instance: object, at: string): Fault[] {
  const nested = declaredBy(instance.constructor).filter(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
  return nested.flatMap(({ propertyName, each }) => {
    const field = inside(at, propertyName);
    const value: unknown = (instance as Record<string, unknown>)[propertyName];
    const items = each && Array.isArray(value) ? value.map((item: unknown, index) => [item, `${field}[${index}]`] as const) : [[value, field] as const];
    return items.flatMap(([item, where]) => {
      if (Array.isArray(item)) return [{ field: where, message: 'must be an object, not a list' }];
      return typeof item === 'object' && item !== null ? lists(item, where) : [];
    });
  });
}

function nulls(value: unknown, at: string): Fault[] {
  if (typeof value === 'string') return !isHoldable(value) ? [{ field: at, message: 'holds a NUL or a broken character' }] : [];
  // An optional field's validators let null through, which its type does not know.
  if (value === null) return [{ field: at, message: 'must not be null: leave it out' }];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = Array.isArray(value) ? `${at}[${name}]` : inside(at, name);
    return [...nulls(name, field), ...nulls(inner, field)];
  });
}
