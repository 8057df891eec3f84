import type { FastifyInstance } from 'fastify';
import { SIGN_IN_PATH, type LocalSignIn } from './sign-in.js';

/**
 * Routes `/sign-in` and all under it to the local sign-in, with the request's body left unread for it. Before the server listens;
 * under Nest: `mountSignIn(adapter.getInstance(), signIn)`.
 */
export async function mountSignIn(server: FastifyInstance, signIn: LocalSignIn): Promise<void> {
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const path of [SIGN_IN_PATH, `${SIGN_IN_PATH}/*`])
      scope.all(path, async (request, reply) => {
        reply.hijack();
        await signIn.handle(request.raw, reply.raw);
      });
    done();
  });
}
