import { createHash } from 'node:crypto';
import type { DescribedEvent, DescribedField, DescribedStream } from './event-catalogue.js';

const style = `
:root { color-scheme: light dark; --line: #8884; --quiet: #888; }
body { font: 0.95rem/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { margin: 2.5rem 0 0.25rem; font-size: 1.2rem; }
p { max-width: 60rem; }
nav a { margin-right: 1rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin-top: 0.75rem; }
th:nth-child(1) { width: 20%; } th:nth-child(2) { width: 40%; } th:nth-child(3) { width: 17%; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); }
td { overflow-wrap: break-word; }
td.event a { font-weight: 600; color: inherit; text-decoration: none; }
td.event span, .quiet { color: var(--quiet); }
ul { margin: 0; padding: 0; list-style: none; }
li { padding-bottom: 0.15rem; }
code { font: 0.9rem ui-monospace, monospace; }
.class { border: 1px solid var(--line); border-radius: 0.6rem; padding: 0 0.45rem; font-size: 0.8rem; }
.open { background: #16a34a22; } .linked { background: #2563eb18; } .blinded { background: #dc262622; } .worker { background: #d9770622; } .personal { background: #9333ea22; }
.telling { color: #b91c1c; font-weight: 600; }
`;

/** Nothing runs and nothing is fetched. */
export const eventPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
};

/** Every event a line, under the stream it is written to. */
export function eventPage(streams: readonly DescribedStream[], envelope: readonly Pick<DescribedField, 'name' | 'class' | 'seenBy'>[]): string {
  const count = streams.reduce((sum, { events }) => sum + events.length, 0);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Cairn · events</title><style>${style}</style></head>
<body>
<h1>Events</h1>
<p>The ${count} kinds of events of the record, generated from the declarations the program itself runs on. <a href="/docs/">The API</a> · <a href="/docs/events.json">the same as JSON</a></p>
<nav>${streams.map(({ stream }) => `<a href="#${anchor(stream)}">${escaped(stream)}</a>`).join('')}</nav>
<p class="quiet">Classes: ${['open', 'linked', 'blinded', 'worker', 'personal'].map((name) => `<span class="class ${name}">${name}</span>`).join(' ')} — may appear in an anonymous release; for those who may see the case; reveals the allocation; points at a staff member; free text or anything that identifies.</p>
${streams.map(section).join('\n')}
<h2>What every event carries</h2>
<table><thead><tr><th>field</th><th>class</th><th>seen by</th></tr></thead><tbody>
${envelope.map(({ name, class: disclosure, seenBy }) => `<tr><td><code>${escaped(name)}</code></td><td>${badge(disclosure)}</td><td>${people(seenBy)}</td></tr>`).join('\n')}
</tbody></table>
</body>
</html>
`;
}

function section({ stream, about, revealsAllocation, events }: DescribedStream): string {
  const telling = revealsAllocation ? ' <span class="telling">Its very existence reveals the allocation: masked roles see none of it.</span>' : '';
  return `<h2 id="${anchor(stream)}">${escaped(stream)}</h2>
<p>About: ${escaped(about)}.${telling}</p>
<table><thead><tr><th>event</th><th>fields: type, class</th><th>recorded by</th><th>seen by</th></tr></thead><tbody>
${events.map(line).join('\n')}
</tbody></table>`;
}

function line({ type, version, kind, command, recordedBy, tellerWithheld, fields }: DescribedEvent): string {
  const field = ({ name, type: words, optional, class: disclosure }: DescribedField) =>
    `<li><code>${escaped(name)}</code>${optional ? ' <span class="quiet">(optional)</span>' : ''}: ${escaped(words)} ${badge(disclosure)}</li>`;
  const seen = Map.groupBy(fields, ({ seenBy }) => seenBy.join(', '));
  const readers = [...seen].map(([who, of]) => `<li>${seen.size > 1 ? `<span class="quiet">${escaped(of.map(({ name }) => name).join(', '))}:</span> ` : ''}${escaped(who || 'nobody')}</li>`);
  return `<tr id="${escaped(type)}"><td class="event"><a href="#${escaped(type)}">${escaped(type)}</a><br><span>version ${version}${kind === 'fact' ? '' : `, ${kind}`}</span></td>
<td><ul>${fields.map(field).join('') || '<li class="quiet">none of its own</li>'}</ul></td>
<td>${command === null ? '<span class="quiet">the service itself</span>' : `<code>${escaped(command)}</code><br>${people(recordedBy)}`}${tellerWithheld ? '<br><span class="quiet">who, how and why: withheld from masked roles</span>' : ''}</td>
<td><ul>${readers.join('') || '<li>whoever sees the stream</li>'}</ul></td></tr>`;
}

function badge(disclosure: string): string {
  return `<span class="class ${escaped(disclosure)}">${escaped(disclosure)}</span>`;
}

function people(roles: readonly string[]): string {
  return escaped(roles.join(', ') || 'nobody');
}

function anchor(stream: string): string {
  return `stream-${stream.replaceAll(/[^a-z]+/g, '-')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
