import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { exits, Failure } from '../failure.js';
import { ask, isDone } from '../http.js';
import type { Correction, Fault, Prepared, Telling } from './format.js';
import { isObject } from './header.js';

type Loose = Readonly<Record<string, unknown>>;

/** What the service says that it takes: its /openapi.json. */
export class Contract {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly document: Loose) {}

  /** @throws Failure when the service describes no API that this program knows */
  static async of(url: string): Promise<Contract> {
    const answer = await ask(url, { path: '/openapi.json' });
    if (!isDone(answer) || !isObject(answer.body) || !isObject(answer.body['paths'])) throw new Failure(exits.unreachable, `${url} does not describe itself at /openapi.json; it does not seem to be Cairn.`, 'Check the address.');
    return new Contract(answer.body);
  }

  /** Everything in the lines that the service would not take for its form. What its rules say of the facts is known when they are sent. */
  faultsOf(lines: readonly Prepared[]): Fault[] {
    const byLine = new Map(lines.map((line) => [line.line, line]));
    return lines.flatMap((line) => {
      const messages = line.kind === 'telling' ? this.telling(line) : this.correction(line, byLine);
      return messages.map((message) => ({ line: line.line, message }));
    });
  }

  private telling({ method, route, body }: Telling): string[] {
    const operation = this.operation(method, route);
    if (!operation) return [`this service has no ${method} ${route}: it is of another version than this program`];
    const schema = schemaOf(operation);
    return schema ? this.check(`${method} ${route}`, () => this.closed(schema), body) : [];
  }

  /** What changes is checked by the fields of the line it changes. */
  private correction({ do: verb, entry, facts }: Correction, byLine: ReadonlyMap<number, Prepared>): string[] {
    const route = `/v1/participants/{participant}/entries/{event}/${verb}`;
    if (!this.operation('POST', route)) return [`this service has no POST ${route}: it is of another version than this program`];
    const meant = 'line' in entry && entry.part === 1 ? byLine.get(entry.line) : undefined;
    if (meant?.kind !== 'telling') return [];
    const schema = schemaOf(this.operation(meant.method, meant.route) ?? {});
    const properties = schema && isObject(schema['properties']) ? schema['properties'] : undefined;
    const told = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
    // The event's own ordinal and worker may be amended where the request need not tell them.
    return properties ? this.check(`amend ${meant.method} ${meant.route}`, () => this.closed({ type: 'object', properties }), told) : [];
  }

  private operation(method: string, route: string): Loose | undefined {
    const paths = this.document['paths'] as Record<string, unknown>;
    const item = paths[route];
    const operation = isObject(item) ? item[method.toLowerCase()] : undefined;
    return isObject(operation) ? operation : undefined;
  }

  private check(name: string, schema: () => unknown, value: unknown): string[] {
    const validate = this.compiled.get(name) ?? this.ajv.compile(schema() as object);
    this.compiled.set(name, validate);
    return validate(value) ? [] : [...new Set((validate.errors ?? []).map(words))];
  }

  /** The schema with its references put in place, and no property beyond those it names: the service takes none. */
  private closed(schema: unknown, depth = 0): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.closed(each, depth + 1));
    if (!isObject(schema) || depth > 20) return schema;
    const { $ref } = schema;
    if (typeof $ref === 'string') return this.closed(this.target($ref), depth + 1);
    const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'properties' && isObject(value) ? this.eachClosed(value, depth) : ['items', 'allOf', 'anyOf', 'oneOf'].includes(key) ? this.closed(value, depth + 1) : value]));
    return isObject(schema['properties']) ? { ...inner, additionalProperties: false } : inner;
  }

  private eachClosed(properties: Loose, depth: number): Loose {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, this.closed(value, depth + 1)]));
  }

  /** What a reference means; anything goes where it leads nowhere. */
  private target(reference: string): unknown {
    const path = reference.startsWith('#/') ? reference.slice(2).split('/') : [];
    const found = path.reduce<unknown>((at, step) => (isObject(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined), this.document);
    return path.length > 0 && isObject(found) ? found : {};
  }
}

function schemaOf({ requestBody }: Loose): Loose | undefined {
  const content = isObject(requestBody) ? requestBody['content'] : undefined;
  const json = isObject(content) ? content['application/json'] : undefined;
  const schema = isObject(json) ? json['schema'] : undefined;
  return isObject(schema) ? schema : undefined;
}

function words({ instancePath, keyword, params, message = 'cannot be taken' }: ErrorObject): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  const { missingProperty, additionalProperty, allowedValues } = params as { missingProperty?: string; additionalProperty?: string; allowedValues?: unknown[] };
  const within = (name: string) => (field === '' ? name : `${field}.${name}`);
  if (keyword === 'required') return `${within(missingProperty ?? '')} is missing`;
  if (keyword === 'additionalProperties') return `${within(additionalProperty ?? '')} is not a fact of this kind of line`;
  if (keyword === 'enum') return `${field} must be one of ${(allowedValues ?? []).join(', ')}`;
  return `${field} ${message}`;
}
