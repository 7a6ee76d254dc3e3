import { type ExperimentContext, mean } from "@paperworks/experiment";
import { type Coverage, choices } from "./coverage.ts";
import { coverageFigure } from "./figures.ts";
import { keeps } from "./systems.ts";

/** What the masks cover, from the coverage at each budget, a list a seed. */
export function measureCoverage(
  { measure, metric, figure }: Pick<ExperimentContext, "measure" | "metric" | "figure">,
  covered: readonly (readonly Coverage[])[],
): void {
  const of = (budget: number): Coverage[] => covered.map((budgets) => budgets[budget]);
  measure(
    "semantic.share",
    of(0).map(({ Sparsifiner: own, random, oracle }) => (own - random) / (oracle - random)),
  );
  measure(
    "semantic.window",
    of(0).map(({ Sparsifiner: own, window }) => own - window),
  );
  for (const [budget, keep] of keeps.entries())
    for (const choice of choices)
      metric(
        `coverage.${choice.toLowerCase()}-${keep}`,
        of(budget).map((coverage) => coverage[choice]),
      );
  figure(
    "coverage",
    coverageFigure(
      keeps.flatMap((keep, budget) =>
        choices.map((choice) => ({
          choice,
          keep: `${100 * keep} %`,
          coverage: mean(of(budget).map((coverage) => coverage[choice])),
        })),
      ),
    ),
    {
      title: "What masks of one size cover",
      caption: "The teacher's attention inside the mask, mean over patches, heads, layers, test images and seeds.",
    },
  );
}
