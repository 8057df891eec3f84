/** What the bench tells a server of its own: JSON in its only argument. */
export function told(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}
