import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { fieldsOf, type DataClass } from '@cairn/kernel/declared.js';
import { faultsOf } from '@cairn/kernel/faults.js';
import { Invalid } from '@cairn/kernel/refused.js';

type Part = 'body' | 'query' | 'params';
type Declared = readonly (readonly [part: Part, data: DataClass])[];

const parts = new Map<number, Part>([[RouteParamtypes.BODY, 'body'], [RouteParamtypes.QUERY, 'query'], [RouteParamtypes.PARAM, 'params']]);

/**
 * What comes in is checked where it enters, against the classes the route declares; inside, types are believed. The last of the guards: whoever
 * may not ask is told nothing of it. A pipe would be the usual place, and cost every request a dozen promises.
 */
@Injectable()
export class Check implements CanActivate {
  private readonly declared = new WeakMap<Function, Declared>();

  /** @throws Invalid naming every field at fault, unknown ones included */
  canActivate(context: ExecutionContext): true {
    const request = context.getArgByIndex<FastifyRequest>(0);
    for (const [part, data] of this.declaredBy(context)) {
      const given = part === 'body' ? (request.body ?? {}) : { ...(request[part] as object) };
      const faults = faultsOf(data, given);
      if (faults.length > 0) throw new Invalid(faults);
      request[part] = given;
    }
    return true;
  }

  private declaredBy(context: ExecutionContext): Declared {
    const route = context.getHandler();
    const known = this.declared.get(route) ?? declaredBy(context.getClass(), route.name);
    this.declared.set(route, known);
    return known;
  }
}

/** The classes of a method's parameters that take a part of the request, as Nest keeps them. */
function declaredBy(controller: Function, method: string): Declared {
  const types = Reflect.getMetadata(PARAMTYPES_METADATA, controller.prototype as object, method) as readonly DataClass[] | undefined;
  if (!types) throw new Error(`${controller.name}.${method} is no route's method: what it takes cannot be checked.`);
  const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Readonly<Record<string, { readonly index: number; readonly data?: unknown }>>;
  return Object.entries(taken).flatMap(([key, { index, data }]) => {
    const part = parts.get(Number(key.split(':', 1)[0]));
    const type = types[index];
    if (part === undefined || !type || (type as unknown) === Object || (part !== 'body' && fieldsOf(type).length === 0)) return [];
    if (data !== undefined) throw new Error(`${controller.name}.${method} takes one field of ${part}: only the whole of it can be checked.`);
    return [[part, type] as const];
  });
}
