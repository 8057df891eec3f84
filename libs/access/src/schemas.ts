import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';

const PREFIX = '#/components/schemas/';
const options = { refPointerPrefix: PREFIX, classTransformerMetadataStorage: defaultMetadataStorage };

/** A JSON schema as OpenAPI writes it. */
export type Schema = Record<string, unknown> & { readonly properties?: Record<string, Schema>; readonly required?: string[] };

/** The schema of what a class validates, from the very decorators that validate it; nested classes by reference. */
export function schemaOf(data: new () => object): Schema {
  return { ...(targetConstructorToSchema(data, options) as Schema), additionalProperties: false };
}

/** The nested classes that a document refers to, and those they refer to, by name. */
export function referredTo(document: unknown): Record<string, Schema> {
  const all = validationMetadatasToSchemas(options) as Record<string, Schema>;
  const found: Record<string, Schema> = {};
  const collect = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = all[name];
      if (!schema || found[name]) continue;
      found[name] = { ...schema, additionalProperties: false };
      collect(schema);
    }
  };
  collect(document);
  return found;
}
