const namesOfIdentity: readonly (readonly [RegExp, string])[] = [
  [/\bhospital\s*(no|num|number|id)\b|\bnhs\b|\bchi\b|\bmrn\b|\brio\s*(no|num|number|id)\b/, 'an NHS or hospital number'],
  [/\b(fore|first|last|sur|middle|family|given|preferred|full|client|patient|participant|service user)\s*names?\b|\b(fore|sur)name\b|^name$|\binitials\b/, 'a name'],
  [/\bdobs?\b|\bd\.?o\.?b\b|\bdate of birth\b|\bbirth\b|\bage\b/, 'a date of birth or an age'],
  [/\baddress\b|\bpost\s*code\b|\bzip\b|\bstreet\b|\btown\b/, 'an address'],
  [/\b(tele)?phone\s*(no|num|number)?$|\bmobile\b|\btel\b|\be ?mail\b|\bcontact (no|num|number)\b/, 'a telephone number or e-mail address'],
  [/\bnext of kin\b|\bnok\b|\bgp\b|\bcarer\b/, 'somebody close to them'],
];

/** What a column of this header seems to hold of who people are; undefined when nothing of the kind. */
export function identityInHeader(header: string): string | undefined {
  const words = header.replace(/([a-z])([A-Z][a-z])/g, '$1 $2').replace(/[_\-/]+/g, ' ').replace(/\s+/g, ' ').trim().toLowerCase();
  return namesOfIdentity.find(([shape]) => shape.test(words))?.[1];
}

/** What of who people are stands in a text; undefined when nothing is found. It finds numbers and addresses, never names. */
export function identityInText(text: string): string | undefined {
  for (const [found] of text.matchAll(/(?<![\d-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d-])/g)) if (isNhsNumber(found)) return 'an NHS number';
  if (/[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}/i.test(text)) return 'an e-mail address';
  if (/(?<!\d)(?:\+44 ?|0)7\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d)|(?<!\d)0[12]\d{2,3}[ -]?\d{3}[ -]?\d{3,4}(?!\d)/.test(text)) return 'a telephone number';
  return undefined;
}

/** Ten digits whose last checks the others, modulus 11 (NHS Data Dictionary, NHS NUMBER). */
export function isNhsNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{10}$/.test(digits)) return false;
  const sum = [...digits.slice(0, 9)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0);
  return (11 - (sum % 11)) % 11 === Number(digits[9]) && !/^(\d)\1{9}$/.test(digits);
}
