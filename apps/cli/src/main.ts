const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`Cairn needs Node 24 or newer and this is ${process.version}. Run it with "npm run cairn -- …", which brings its own where it can, or install Node 24.\n`);
  process.exit(1);
}
// Only now: what follows may not even parse on an older Node.
const { enableCompileCache } = await import('node:module');
enableCompileCache(`${import.meta.dirname}/../../../../node_modules/.cache/cairn`);
const { run } = await import('./run.js');
process.exitCode = await run(process.argv, process.env);

export {};
