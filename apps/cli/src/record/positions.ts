/** The line of the text on which each element of the top-level list `lines` begins, from 1. */
export function linesOf(text: string): number[] {
  const found: number[] = [];
  let row = 1;
  let depth = 0;
  let key = '';
  let within = false;
  let awaiting = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\n') row++;
    if (/[\s:]/.test(character)) continue;
    if (awaiting && character !== ']') found.push(row);
    awaiting = false;
    if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1) key = text.slice(at + 1, end);
      at = end;
    } else if (character === '{' || character === '[') {
      depth++;
      if (depth === 2 && character === '[' && key === 'lines') within = awaiting = true;
    } else if (character === '}' || character === ']') {
      depth--;
      if (depth < 2) within = false;
    } else if (character === ',' && depth === 2) awaiting = within;
  }
  return found;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
