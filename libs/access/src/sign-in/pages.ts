import { createHash } from 'node:crypto';
import type { Account } from './accounts.js';

const style = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; }
.notice { border-left: 0.3rem solid #b45309; padding: 0.5rem 1rem; background: #b4530918; }
ul { list-style: none; padding: 0; display: grid; gap: 0.5rem; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); }
button { font: inherit; text-align: left; width: 100%; height: 100%; padding: 0.75rem 1rem; border: 1px solid #777; border-radius: 0.4rem; background: transparent; color: inherit; cursor: pointer; }
button:hover, button:focus-visible { outline: 3px solid #2563eb; outline-offset: 1px; }
button span { display: block; }
.name { font-weight: 600; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Headers of every page. Nothing runs and nothing is fetched; `returnTo` is the origin a form's answer leads back to, which some
 * browsers hold against `form-action` too.
 */
export function pageHeaders(returnTo?: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'${returnTo ? ` ${returnTo}` : ''}; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

export function chooseAccountPage(action: string, accounts: readonly Account[]): string {
  return page(
    'Choose who to be',
    `<p class="notice" role="note"><strong>These are demonstration accounts.</strong> The people are made up, there are no passwords, and anyone at this machine can be any of them.
Do not keep real people’s records behind this page: a service for real use signs people in through its own OpenID Connect provider.</p>
<form method="post" action="${escaped(action)}">
<ul>
${accounts.map(choice).join('\n')}
</ul>
</form>`,
  );
}

export function problemPage(heading: string, explanation: string): string {
  return page(heading, `<p>${escaped(explanation)}</p>`);
}

function choice({ subject, name, roles, sites, does }: Account): string {
  const where = sites.length === 0 ? '' : `, ${sites.length === 1 ? 'site' : 'sites'} ${sites.join(' and ')}`;
  return `<li><button type="submit" name="account" value="${escaped(subject)}"><span class="name">${escaped(name)}</span>
<span>${escaped(roles.join(', ').replaceAll('-', ' ') + where)}</span> <span>${escaped(does)}</span></button></li>`;
}

function page(heading: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn · demonstration sign-in</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(heading)}</h1>
${main}
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
