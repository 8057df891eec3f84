import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import type Provider from 'oidc-provider';
import { isLoopback } from '../loopback.js';
import { accounts } from './accounts.js';
import { publicPart, signInKey, type SigningKey } from './key.js';
import { chooseAccountPage, pageHeaders, problemPage } from './pages.js';
import { refuseBeyondThisMachine } from './refused.js';

/** Where the sign-in lies under the service's own address. */
export const SIGN_IN_PATH = '/sign-in';

const LONGEST_FORM = 4_096;

export interface SignInSettings {
  /** Holds the signing key, in `sign-in/key.json`. */
  readonly dataDir: string;
  readonly audience: string;
  /** The value of NODE_ENV. */
  readonly nodeEnv: string | undefined;
  /** What the service listens on. */
  readonly host: string;
  /** Told of faults of the sign-in itself, never of what people do wrong. */
  readonly onFault: (fault: Error) => void;
}

/** @throws SignInRefused in production or beyond this machine; SignInKeyUnusable */
export async function localSignIn(settings: SignInSettings): Promise<LocalSignIn> {
  refuseBeyondThisMachine(settings);
  return new LocalSignIn(settings, await signInKey(settings.dataDir));
}

/** An OpenID Connect provider with demonstration accounts, for one person's own machine. */
export class LocalSignIn {
  private origin: string | undefined;
  private running: Promise<Provider> | undefined;

  constructor(
    private readonly settings: SignInSettings,
    private readonly key: SigningKey,
  ) {}

  /** @param origin where the service listens, as in http://127.0.0.1:4000; known once it does */
  listeningAt(origin: string): void {
    this.origin = origin;
  }

  /** @throws Error before `listeningAt` */
  get issuer(): string {
    if (this.origin === undefined) throw new Error('The local sign-in has no issuer before the service listens.');
    return new URL(SIGN_IN_PATH, this.origin).href;
  }

  /** What its tokens are checked with. */
  get keys(): JSONWebKeySet {
    return { keys: [publicPart(this.key)] };
  }

  /** Answers a request for `/sign-in` or anything under it. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const page = await this.answer(request, response);
      if (page) send(response, page);
    } catch (fault) {
      const lost = fault instanceof Error && fault.name === 'SessionNotFound';
      if (!lost) this.settings.onFault(fault instanceof Error ? fault : new Error(String(fault)));
      if (response.headersSent) response.destroy();
      else send(response, lost ? runOut : failed);
    }
  }

  /** The page to send; undefined when the answer is on its way already. */
  private async answer(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<Page | undefined> {
    const url = scoped(request.url ?? SIGN_IN_PATH);
    // A page from elsewhere that had its own name point at this machine could otherwise sign itself in.
    if (!isLoopback(hostOf(request))) return notHere;
    if (this.origin === undefined) return notReady;
    const [path = ''] = url.slice(SIGN_IN_PATH.length).split('?', 1);
    if (path === '' || path === '/') return nothingHere;
    const running = await this.provider();
    if (path.startsWith('/interaction/')) return choose(running, path, request, response);
    request.originalUrl = url;
    request.url = url.slice(SIGN_IN_PATH.length);
    await running.callback()(request, response);
    return undefined;
  }

  /** Loaded when the first person signs in: a service is mostly asked with tokens of before, or has a provider of its own. */
  private provider(): Promise<Provider> {
    this.running ??= this.start();
    return this.running;
  }

  private async start(): Promise<Provider> {
    const { provider } = await import('./provider.js');
    const { audience, onFault } = this.settings;
    const running = provider({ issuer: this.issuer, audience, key: this.key, accounts, path: SIGN_IN_PATH });
    running.on('server_error', (_context, fault) => onFault(fault));
    // Koa would print faults to the console as well.
    running.silent = true;
    return running;
  }
}

interface Page {
  readonly status: number;
  readonly html: string;
  readonly returnTo?: string | undefined;
}

const problem = (status: number, heading: string, explanation: string): Page => ({ status, html: problemPage(heading, explanation) });
const runOut = problem(400, 'This sign-in has run out', 'It took too long, was finished already, or began in another browser. Go back to where you came from and start again.');
const failed = problem(500, 'The sign-in failed', 'Something is wrong with the demonstration sign-in itself; the service’s log says what. Start again.');
const notHere = problem(421, 'Not here', 'The demonstration sign-in answers only to this machine’s own names, such as 127.0.0.1.');
const notReady = problem(503, 'Not ready yet', 'The service is still starting. Try again in a moment.');
const nothingHere = problem(404, 'Nothing to sign in to', 'Start from the application: it leads here, and back again.');
const notLikeThis = problem(405, 'Not like this', 'Go back and choose an account from the list.');
const tooMuch = problem(413, 'Too much', 'The form is larger than any account’s name. Go back and choose again.');
const noSuchAccount = problem(400, 'No such account', 'Go back and choose one of those listed.');

async function choose(running: Provider, path: string, request: IncomingMessage, response: ServerResponse): Promise<Page | undefined> {
  const { params } = await running.interactionDetails(request, response);
  if (request.method === 'GET' || request.method === 'HEAD') {
    const back = params['redirect_uri'];
    return { status: 200, html: chooseAccountPage(`${SIGN_IN_PATH}${path}`, accounts), returnTo: typeof back === 'string' ? new URL(back).origin : undefined };
  }
  if (request.method !== 'POST') return notLikeThis;
  const form = await formOf(request);
  if (form === undefined) return tooMuch;
  const account = accounts.find(({ subject }) => subject === form.get('account'));
  if (!account) return noSuchAccount;
  await running.interactionFinished(request, response, { login: { accountId: account.subject, remember: false } });
  return undefined;
}

/** Clients that ask for no scope, as API consoles do, mean the only one there is. */
function scoped(url: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  if (path !== `${SIGN_IN_PATH}/auth`) return url;
  const asked = new URLSearchParams(query);
  if (!asked.get('scope')) asked.set('scope', 'openid');
  return `${path}?${asked.toString()}`;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LONGEST_FORM) return undefined;
  }
  return new URLSearchParams(text);
}

function hostOf({ headers: { host = '' } }: IncomingMessage): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

function send(response: ServerResponse, { status, html, returnTo }: Page): void {
  response.writeHead(status, pageHeaders(returnTo)).end(html);
}
