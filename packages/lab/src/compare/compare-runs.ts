import { writeFileAtomic } from "../atomic-file.ts";
import { comparisonPage } from "../report/comparison-page.ts";
import { drawCurves } from "../report/curve-panels.ts";
import { curvesIn } from "../report/curves-in.ts";
import { type Comparison, compareResults } from "./comparison.ts";
import type { FoundResult } from "./find-result.ts";

/** Puts two runs side by side. */
export function compareRuns(first: FoundResult, second: FoundResult): Comparison {
  return compareResults(namesOf(first, second), [first.result, second.result]);
}

/** Writes the page of two runs, with the curves of both in the same pictures. */
export async function writeComparison(file: string, first: FoundResult, second: FoundResult): Promise<void> {
  const names = namesOf(first, second);
  const runs = [first, second].map(({ events }, index) => ({
    name: names[index],
    curves: events === undefined ? [] : curvesIn(events),
  }));
  writeFileAtomic(file, comparisonPage(compareRuns(first, second), await drawCurves(runs)));
}

/** Two folders may have the same name. */
function namesOf({ name: first }: FoundResult, { name: second }: FoundResult): [string, string] {
  return first === second ? [`${first} (first)`, `${second} (second)`] : [first, second];
}
