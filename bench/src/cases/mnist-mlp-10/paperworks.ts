import type { Prepared } from "../../prepared.ts";
import { prepare as prepareMlp } from "../mnist-mlp/paperworks.ts";
import sizes from "./sizes.json" with { type: "json" };

export const prepare = (): Promise<Prepared> => prepareMlp(sizes.stepsACall);
