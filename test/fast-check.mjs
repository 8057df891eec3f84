// What specs import as fast-check: with one seed, so that no run depends on what is drawn. To look further: SEED=$RANDOM npm test -- properties
import fc from '../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) });

export default fc;
