import { getMetadataStorage, ValidationTypes } from 'class-validator';

/** A class that says of each field what may be written in it. */
export type DataClass<Data = object> = new () => Data;

/** What a class declares of its fields' values, its parents' declarations included. */
export function declaredBy(data: Function) {
  return getMetadataStorage().getTargetValidationMetadatas(data, '', false, false);
}

/** What says more of a field than that it may be left out. */
export function rulesOf(data: DataClass) {
  return declaredBy(data).filter(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION);
}

const fields = new WeakMap<DataClass, readonly string[]>();

/** The names of the fields a class validates, those of its parents included. */
export function fieldsOf(data: DataClass): readonly string[] {
  const known = fields.get(data) ?? [...new Set(declaredBy(data).map(({ propertyName }) => propertyName))];
  fields.set(data, known);
  return known;
}
