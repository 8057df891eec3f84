import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { referredTo } from '@cairn/access/schemas.js';

const uuid = { type: 'string', format: 'uuid' };

const schemas: NonNullable<NonNullable<OpenAPIObject['components']>['schemas']> = {
  Receipt: {
    type: 'object',
    required: ['events', 'etag'],
    description: 'What was recorded: final, whatever happens to this process afterwards.',
    properties: { events: { type: 'array', items: uuid, description: 'Ids of the events; empty when everything was already there.' }, etag: { type: 'string', description: 'Where the stream stands now; what If-Match takes.' }, unrecorded: { type: 'array', items: { type: 'string', enum: ['because'] }, description: 'There where the facts were all there already: the reason sent with them was kept nowhere. To give the entry that reason, amend it.' } },
    example: { events: ['1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11'], etag: '"kq3yB1mVdQ0s1mB2nY7w3A"' },
  },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
    description: 'RFC 9457. `code` is stable; `errors` names the fields at fault.',
    properties: {
      type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, code: { type: 'string' }, detail: { type: 'string' }, requestId: { type: 'string' },
      errors: { type: 'array', items: { type: 'object', required: ['field', 'message'], properties: { field: { type: 'string' }, message: { type: 'string' } } } },
    },
  },
};

/** `/openapi.json`, and `/docs` to read it and try it signed in. */
export function documentApi(app: NestFastifyApplication, issuer: () => string): void {
  const document = () => describe(app, issuer());
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Cairn: the API',
    swaggerOptions: { persistAuthorization: true, docExpansion: 'list', initOAuth: { clientId: 'cairn', usePkceWithAuthorizationCodeGrant: true, scopes: ['openid'] } },
  });
}

function describe(app: NestFastifyApplication, issuer: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Cairn')
    .setDescription('An event-sourced case record for peer-supported recovery programmes. Everything recorded is an immutable event; corrections are events about events.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'token')
    .addOAuth2({ type: 'oauth2', flows: { authorizationCode: { authorizationUrl: `${issuer}/auth`, tokenUrl: `${issuer}/token`, scopes: { openid: 'who you are' } } } }, 'signIn')
    .addSecurityRequirements('token')
    .addSecurityRequirements('signIn', ['openid']);
  const made = SwaggerModule.createDocument(app, builder.build(), { operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}` });
  const paths = Object.fromEntries(Object.entries(made.paths).map(([path, item]) => [path, withPathParameters(path, item)]));
  return { ...made, paths, components: { ...made.components, schemas: { ...schemas, ...(referredTo(paths) as typeof schemas) } } };
}

/** The placeholders of a path, which the routes' own classes check and the generator does not see. */
function withPathParameters(path: string, item: OpenAPIObject['paths'][string]): OpenAPIObject['paths'][string] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = names.map((name) => ({ name, in: 'path' as const, required: true, schema: ['participant', 'session', 'episode', 'event', 'document', 'query', 'deviation', 'signature', 'meeting', 'grant', 'review', 'breach'].includes(name) ? uuid : { type: 'string' } }));
  return { ...item, parameters };
}
