import { median } from "@paperworks/experiment";
import { dormandPrince, spearman } from "@paperworks/nn";
import { fitzHughNagumo, vanDerPol } from "./right-hand-sides.ts";
import { stiffnessIndex } from "./stiffness.ts";

/** An accepted step of the adaptive solver. */
export type SolverStep = { t: number; v: number; w: number; h: number; xi: number };

export type SolverRun = {
  steps: SolverStep[];
  rejected: number;
  /** Spearman's ρ of stiffness and step length. */
  correlation: number;
  /** Median step over the median of those where stiffness is among its largest tenth. */
  shortening: number;
};

const tolerances = { rtol: 1e-6, atol: 1e-9 };

/** Steps of the excitable system, which follow stiffness, and of van der Pol's, where stability limits them. */
export const solverRuns = (time: number): { excitable: SolverRun; vanDerPol: SolverRun } => ({
  excitable: runOf(dormandPrince(fitzHughNagumo(), [0, 0], [0, time], tolerances)),
  vanDerPol: runOf(dormandPrince(vanDerPol(), [2, 0], [0, time / 2], tolerances)),
});

function runOf({ t, u, h, slopes, rejected }: ReturnType<typeof dormandPrince>): SolverRun {
  const steps = h.map((length, i) => ({
    t: t[i],
    v: u[i][0],
    w: u[i][1],
    h: length,
    xi: stiffnessIndex(slopes[i], u[i]),
  }));
  const bySize = steps.toSorted((a, b) => b.xi - a.xi);
  const stiffest = bySize.slice(0, Math.max(1, Math.round(steps.length / 10)));
  const lengths = (of: readonly SolverStep[]): number[] => of.map((step) => step.h);
  return {
    steps,
    rejected,
    correlation: spearman(
      steps.map(({ xi }) => xi),
      lengths(steps),
    ),
    shortening: median(lengths(steps)) / median(lengths(stiffest)),
  };
}
