// Loaded ahead of every test: property tests draw the same cases in every run, so that a commit that passes goes on
// passing. FC_SEED=N draws others, and `FC_SEED=$RANDOM npm test` new ones each time; a failure names its seed.
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
