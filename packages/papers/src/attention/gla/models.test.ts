import { parameterCount } from "@paperworks/nn";
import { expect, test } from "vitest";
import { languageModel, systemNames } from "./models.ts";

test("all systems have as many parameters as GLA, within 1 %", () => {
  const size = { vocabulary: 65, dim: 64, heads: 4, depth: 2 };
  const wanted = parameterCount(languageModel("GLA", size));
  for (const system of systemNames) {
    const count = parameterCount(languageModel(system, size));
    expect(Math.abs(count - wanted) / wanted).toBeLessThan(0.01);
  }
});
