import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { fieldsOf, type DataClass } from '@cairn/kernel/declared.js';
import { faultsOf } from '@cairn/kernel/faults.js';
import { Invalid } from '@cairn/kernel/refused.js';

/** What comes in is checked where it enters, against the class the route declares; inside, types are believed. */
@Injectable()
export class Check implements PipeTransform {
  /** @throws Invalid naming every field at fault, unknown ones included */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type === 'custom' || metatype === undefined || (metatype as unknown) === Object) return value;
    const data = metatype as DataClass;
    if (type !== 'body' && fieldsOf(data).length === 0) return value;
    const given = type === 'body' ? (value ?? {}) : { ...(value as object) };
    const faults = faultsOf(data, given);
    if (faults.length > 0) throw new Invalid(faults);
    return given;
  }
}
