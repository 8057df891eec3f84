import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { localSignIn, type LocalSignIn } from '@cairn/access/sign-in/sign-in.js';
import { mountSignIn } from '@cairn/access/sign-in/mount.js';
import { tokenVerifier } from '@cairn/access/tokens.js';
import type { Config } from '@cairn/assembly/config.js';
import { openParts, type Parts } from '@cairn/assembly/parts.js';
import { collectAtRest } from '@cairn/journal/at-rest.js';
import type { PostgresServer } from '@cairn/postgres/embedded.js';
import { Answering } from './answers.js';
import { apiModule } from './api.module.js';
import { drainOf } from './drain.js';
import { noteService } from './note.js';
import { documentApi } from './openapi.js';
import { Problems } from './problems.js';
import { answerUnreadable } from './unreadable.js';

export interface Service {
  readonly url: string;
  readonly dataDir: string;
  /** This process and the embedded PostgreSQL. */
  readonly pids: readonly number[];
  /** What a person starting it wants to know. */
  readonly greeting: string;
  /** Takes no more requests, finishes those under way, and closes every part. */
  close(): Promise<void>;
}

/**
 * Everything in one process: the record, its read models, the API and, without a provider of its own, the sign-in.
 *
 * @param server being opened; it is released when this throws
 */
export async function serve(config: Config, log: Logger, server: Promise<PostgresServer>): Promise<Service> {
  const signIn = config.oidcIssuer === undefined ? await signInFor(config, log).catch((error: unknown) => released(server, error)) : undefined;
  const parts = await openParts(config, log, server);
  let drain = async () => {};
  try {
    // It is loaded while this thread loads what answers.
    const following = parts.followers.start();
    const app = await listening(config, log, parts, signIn);
    drain = drainOf(app);
    const url = addressOf(config, app);
    signIn?.listeningAt(url);
    await following;
    const forget = await noteService(config.dataDir, url);
    log.info({ url }, 'Listening.');
    const collects = collectAtRest();
    const close = async () => {
      collects();
      log.info({}, 'Stopping: no more requests, those under way are finished.');
      await forget();
      await drain();
      await parts.close();
      log.info({}, 'Stopped.');
    };
    const pids = [process.pid, parts.server.pid].filter((pid) => pid > 0);
    return { url, dataDir: config.dataDir, pids, greeting: greeting(url, config, signIn), close };
  } catch (error) {
    await drain();
    await parts.close();
    throw error;
  }
}

async function released(server: Promise<PostgresServer>, reason: unknown): Promise<never> {
  await server.then((opened) => opened.release(), () => {});
  throw reason;
}

function signInFor({ dataDir, audience, host, production }: Config, log: Logger): Promise<LocalSignIn> {
  const onFault = (fault: Error) => log.error({ error: fault.message }, 'The local sign-in failed.');
  return localSignIn({ dataDir, audience, nodeEnv: production ? 'production' : undefined, host, onFault });
}

async function listening(config: Config, log: Logger, parts: Parts, signIn: LocalSignIn | undefined): Promise<NestFastifyApplication> {
  const problems = new Problems(log);
  const adapter = new Answering(parts.accessLog, {
    logger: false,
    bodyLimit: config.bodyLimitBytes,
    // The longest id there is: an account of 255 characters, each as three bytes written %XX.
    routerOptions: { maxParamLength: 2_400 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ...(config.trustProxy !== undefined && { trustProxy: config.trustProxy }),
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['x-request-id']),
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => problems.answer(error, request, reply),
  });
  const server = adapter.getInstance();
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    // From /docs without its slash the sign-in would not find its way back.
    if (request.method === 'GET' && (request.url === '/' || request.url === '/docs')) void reply.redirect('/docs/');
    else done();
  });
  // The route's template, never the filled path: logs hold nothing of any participant.
  server.addHook('onResponse', (request, reply, done) => {
    log.info({ requestId: request.id, method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'Answered.');
    done();
  });
  if (signIn) await mountSignIn(server, signIn);
  const { oidcIssuer, audience, claims } = config;
  const verifier = tokenVerifier({ issuer: oidcIssuer ?? (() => signIn?.issuer ?? ''), keys: signIn?.keys, audience, claims, clockToleranceSeconds: 30, allowInsecureLoopback: true });
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(parts, verifier, problems), adapter, { logger: false, abortOnError: false, bodyParser: false });
  documentApi(app, () => oidcIssuer ?? signIn?.issuer ?? '');
  await app.listen(config.port, config.host).catch((error: unknown) => {
    throw new Error(whyNotListening(config, error), { cause: error });
  });
  return app;
}

function whyNotListening({ host, port }: Config, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is in use by another program, perhaps by another Cairn. Stop that one, or set CAIRN_PORT to another port (0 takes a free one).`;
  if (code === 'EACCES') return `This user may not use port ${port}. Set CAIRN_PORT to one from 1024 on.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EINVAL') return `CAIRN_HOST is "${host}", which is no address of this machine (${code}).`;
  return `Nothing can be heard at port ${port} of ${host}: ${message ?? String(error)}.`;
}

function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}

function addressOf({ host }: Config, app: NestFastifyApplication): string {
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function greeting(url: string, { dataDir, databaseUrl, oidcIssuer }: Config, signIn: LocalSignIn | undefined): string {
  const lines = [
    ['API, to read and to try', `${url}/docs/`],
    ['Events and read models', databaseUrl === undefined ? join(dataDir, 'postgres') : 'the PostgreSQL of DATABASE_URL'],
    ['Keys and settings', dataDir],
    ['Sign-in', signIn ? 'demonstration accounts: on /docs/ press "Authorize", then "signIn"' : (oidcIssuer ?? '')],
    ...(signIn ? [['A token for scripts', 'npm run -s cairn -- token --as worker --subject w1 --site s1']] : []),
    ['A journey to look at', 'npm run cairn -- demo'],
    ['To stop', 'Ctrl-C; the data stays'],
  ];
  return ['Cairn is ready.', ...lines.map(([what = '', where = '']) => `  ${what.padEnd(26)}${where}`)].join('\n');
}
