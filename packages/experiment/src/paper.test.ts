import { describe, expect, expectTypeOf, test } from "vitest";
import { atLeast, atMost, type Bar, between, describeBar, equals } from "./bars.ts";
import type { ExperimentContext } from "./context.ts";
import { PaperDefinitionError, SettingError } from "./errors.ts";
import { claim, definePaper, type Paper } from "./paper.ts";
import { resolveSettings, setting } from "./settings.ts";

const settings = {
  learningRate: setting(3e-3, { min: 1e-4, max: 1e-1, log: true }),
  depth: setting(20, { min: 1, max: 50, integer: true }),
  init: setting("zero", { choices: ["zero", "simple", "he"] }),
  noise: setting(true),
};

const card = {
  slug: "gradient-noise",
  family: "training",
  title: "Adding Gradient Noise",
  year: 2015,
  arxiv: "1511.06807",
  summary: "Noise helps.",
  settings,
  claims: [claim("bad-init", { paper: "11 → 94 %", measures: "accuracy", bar: atLeast(0.6), needs: "mnist" })],
  async experiment({ measure }: ExperimentContext<typeof settings>) {
    measure("bad-init", 1);
  },
};

describe("a paper's definition", () => {
  test("keeps what it declares and fits the general type", () => {
    const paper: Paper = definePaper(card);
    expect(paper.claims[0]).toEqual({
      id: "bad-init",
      paper: "11 → 94 %",
      measures: "accuracy",
      bar: { op: ">=", value: 0.6 },
      needs: ["mnist"],
      timing: false,
    });
    expect(paper.authors).toEqual([]);
  });

  test("carries the settings' types into the experiment", () => {
    definePaper({
      ...card,
      experiment: async (context) => {
        expectTypeOf(context.settings.learningRate).toEqualTypeOf<number>();
        expectTypeOf(context.settings.noise).toEqualTypeOf<boolean>();
        expectTypeOf(context.settings.init).toEqualTypeOf<"zero" | "simple" | "he">();
        const losses = await context.replicate("a", 3, ({ seed }) => ({ loss: seed }));
        expectTypeOf(losses).toEqualTypeOf<{ loss: number }[]>();
      },
    });
  });

  test.each([
    ["a slug with capitals", { slug: "Gradient Noise" }, /not "Gradient Noise"/],
    ["an empty title", { title: " " }, /title must be a text/],
    ["a year out of the world", { year: 15 }, /year 15/],
    ["something that is no arXiv identifier", { arxiv: "arXiv:1511.06807" }, /no arXiv identifier/],
    ["no claims", { claims: [] }, /makes no claim/],
    ["two claims of one id", { claims: [card.claims[0], card.claims[0]] }, /two claims are called "bad-init"/],
  ])("is refused with %s", (_, change, message) => {
    expect(() => definePaper({ ...card, ...change })).toThrow(message);
    expect(() => definePaper({ ...card, ...change })).toThrow(PaperDefinitionError);
  });

  test("is refused when a claim has a bad id or says nothing", () => {
    expect(() => claim("Bad init", { paper: "x", measures: "y", bar: atLeast(1) })).toThrow(PaperDefinitionError);
    expect(() => claim("bad", { paper: "x", measures: "", bar: atLeast(1) })).toThrow(/measures must be a text/);
    expect(() => claim("bad", { paper: "x", measures: "y", bar: { op: ">=", value: Number.NaN } })).toThrow(/finite/);
  });
});

describe("bars", () => {
  test("have the JSON form of the design", () => {
    const bars: Bar[] = [atLeast(1), atMost(2), between(1, 2), equals(512, 0.5)];
    expect(JSON.parse(JSON.stringify(bars))).toEqual([
      { op: ">=", value: 1 },
      { op: "<=", value: 2 },
      { op: "between", low: 1, high: 2 },
      { op: "equals", value: 512, tolerance: 0.5 },
    ]);
    expect(bars.map(describeBar)).toEqual(["≥ 1", "≤ 2", "1 … 2", "512 ± 0.5"]);
  });

  test("that no number or no value can clear are refused", () => {
    for (const make of [
      () => atLeast(Number.NaN),
      () => atMost(Number.POSITIVE_INFINITY),
      () => between(2, 1),
      () => equals(1, -1),
      () => equals(1, Number.NaN),
    ]) {
      expect(make).toThrow(PaperDefinitionError);
    }
  });
});

describe("settings", () => {
  test("take their defaults, and text in their own type", () => {
    expect(resolveSettings(settings)).toEqual({ learningRate: 3e-3, depth: 20, init: "zero", noise: true });
    expect(resolveSettings(settings, { learningRate: "1e-2", init: "he", noise: "false" })).toEqual({
      learningRate: 1e-2,
      depth: 20,
      init: "he",
      noise: false,
    });
  });

  test.each([
    [{ rate: 1 }, /no setting is called "rate": this paper has learningRate, depth, init, noise/],
    [{ learningRate: "fast" }, /"fast" is not a number/],
    [{ learningRate: "" }, /is not a number/],
    [{ learningRate: 7 }, /7 is outside 0.0001 … 0.1/],
    [{ learningRate: "NaN" }, /is not a number/],
    [{ depth: 2.5 }, /2.5 is not a whole number/],
    [{ init: "xavier" }, /"xavier" is none of "zero", "simple", "he"/],
    [{ noise: "yes" }, /neither true nor false/],
    [{ noise: 1 }, /1 is a number, not a boolean/],
  ])("refuse %j", (given, message) => {
    expect(() => resolveSettings(settings, given as Record<string, number | string>)).toThrow(message);
    expect(() => resolveSettings(settings, given as Record<string, number | string>)).toThrow(SettingError);
  });

  test("must allow their own default", () => {
    expect(() => setting(5, { min: 0, max: 1 })).toThrow(/5 is outside 0 … 1/);
    expect(() => setting(1, { min: 0, max: 1, log: true })).toThrow(/min > 0/);
    expect(() => setting(1, { min: 2, max: 1 })).toThrow(PaperDefinitionError);
  });
});
