import type { Prepared } from "../../prepared.ts";
import { prepare as prepareMlp } from "../mnist-mlp/jax-js.ts";
import sizes from "./sizes.json" with { type: "json" };

/** jax-js has no loop: the steps are unrolled in one compiled function. */
export const prepare = (): Promise<Prepared> => prepareMlp(sizes.stepsACall);
