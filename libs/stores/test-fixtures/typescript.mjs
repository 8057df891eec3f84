// Lets plain node run the sources of any lib: `node --experimental-transform-types --import …/typescript.mjs script.ts`.
import { registerHooks } from 'node:module';

const libs = new URL('../../', import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    const [, lib, file] = /^@cairn\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
    if (lib) return next(new URL(`${lib}/${lib === 'stores' ? '' : 'src/'}${file}`, libs).href.replace(/\.js$/, '.ts'), context);
    const isOwn = specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts');
    return next(isOwn ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
