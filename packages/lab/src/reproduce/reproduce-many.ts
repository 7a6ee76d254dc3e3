import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Paper, type RunEvent, RunOptionsError } from "@paperworks/experiment";
import { type ChildRunOptions, runPaperInChild } from "../child/run-in-child.ts";
import { dataFolder, openData } from "../open-data.ts";
import type { PaperSource } from "../paper-source.ts";
import type { RunFolderState } from "../run-folder.ts";
import type { PaperRun } from "../run-paper.ts";
import { keepReproduction } from "./keep-reproduction.ts";
import { fileFingerprint, hashOf, type SourceState, sourceState } from "./sources.ts";

/** A paper to reproduce, and where the process that runs it finds it. */
export interface PaperToReproduce {
  readonly paper: Paper;
  readonly source: PaperSource;
}

export interface ReproduceManyOptions
  extends Pick<ChildRunOptions, "data" | "device" | "threads" | "timeBudget" | "memoryBudget" | "force" | "signal"> {
  /** Papers at once; 1 if not said. Timings are then taken beside each other. */
  readonly jobs?: number;
  /** The folder of results; `results` here if not said. */
  readonly results?: string;
  /** The folder of run folders; `runs` here if not said. */
  readonly runs?: string;
  /** The sources as they are, if not said. */
  readonly sources?: SourceState;
  /** Told when a paper's run begins, with what its folder held before. */
  readonly onOpen?: (slug: string, folder: string, state: RunFolderState) => void;
  readonly onEvent?: (slug: string, event: RunEvent) => void;
  /** Told what the process of a run writes by itself. */
  readonly onOutput?: (slug: string, text: string) => void;
  /** Told when a paper is done, in whatever way. */
  readonly onOutcome?: (outcome: ReproductionOutcome) => void;
}

/** How one paper came out. */
export type ReproductionOutcome = {
  readonly slug: string;
  readonly paper: Paper;
} & (
  | (PaperRun & {
      readonly type: "ran" /** results/<slug>.json, of a finished run. */;
      readonly file: string | undefined;
    })
  /** The run could not be. */
  | { readonly type: "refused"; readonly error: Error }
  /** It was stopped before this paper's turn. */
  | { readonly type: "waiting" }
);

/**
 * Runs papers in full with the seeds of their cards, each in a process of its own, and keeps `results/<slug>.json`. A
 * paper that fails stops no other. Every paper has a run folder named after its sources, data and device, so the same
 * call goes on where it was stopped and does not run again what is done; after a change in any of them a new folder is
 * used, and the old one stays.
 * @returns the outcomes in the order of the papers
 * @throws RunOptionsError, DataFolderError for options that cannot be
 */
export async function reproduceMany(
  papers: readonly PaperToReproduce[],
  options: ReproduceManyOptions = {},
): Promise<ReproductionOutcome[]> {
  const { jobs = 1, results = "results", runs = "runs", signal, onOutcome, sources = sourceState(), ...rest } = options;
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    throw new RunOptionsError(`jobs must be a whole number of 1 or more, not ${jobs}`);
  }
  await openData(options.data);
  const outcomes = papers.map(({ paper }): ReproductionOutcome => ({ type: "waiting", slug: paper.slug, paper }));
  const threads = rest.threads ?? (jobs === 1 ? undefined : Math.max(1, Math.floor(availableParallelism() / jobs)));
  let next = 0;
  const workOff = async () => {
    while (next < papers.length && !signal?.aborted) {
      const index = next++;
      const { paper, source } = papers[index];
      const outcome = await runOne(paper, source);
      outcomes[index] = outcome;
      onOutcome?.(outcome);
    }
  };
  const runOne = async (paper: Paper, source: PaperSource): Promise<ReproductionOutcome> => {
    const { slug } = paper;
    try {
      const own = "file" in source ? fileFingerprint(source.file) : "";
      const out = reproductionFolder(slug, { runs, fingerprint: sources.fingerprint + own, ...rest });
      const run = await runPaperInChild(source, {
        ...rest,
        mode: "full",
        out,
        threads,
        signal,
        onOpen: (folder, state) => rest.onOpen?.(slug, folder, state),
        onEvent: (event) => rest.onEvent?.(slug, event),
        onOutput: (text) => rest.onOutput?.(slug, text),
      });
      const finished = run.result.status === "finished";
      const keeping = { folder: run.folder, results, data: rest.data, sources };
      const file = finished ? keepReproduction(paper, run.result, keeping) : undefined;
      return { type: "ran", slug, paper, ...run, file };
    } catch (error) {
      return { type: "refused", slug, paper, error: error instanceof Error ? error : new Error(String(error)) };
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, papers.length) }, workOff));
  return outcomes;
}

/** `runs/reproduce-<slug>-<hash>`: another folder for other sources, other data, another device. */
export function reproductionFolder(
  slug: string,
  {
    runs,
    fingerprint,
    data,
    device = "cpu",
  }: { readonly runs: string; readonly fingerprint: string; readonly data?: string; readonly device?: string },
): string {
  return join(runs, `reproduce-${slug}-${hashOf([fingerprint, dataFolder(data) ?? "", device]).slice(0, 8)}`);
}
