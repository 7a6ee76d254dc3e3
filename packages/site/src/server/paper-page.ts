import type { ClaimResult, Paper } from "@paperworks/experiment";
import type { ClaimRow, PageFigure, PaperCard, PaperPageData, SourceFile } from "../page-data.ts";
import { bibtexOf } from "./bibtex.ts";
import { fileUrl, pictureUrl } from "./cards.ts";
import { type KeptRun, readSpec } from "./kept-runs.ts";
import { type Measured, runsOf } from "./measured.ts";

/** Everything a paper's page shows. Without a kept result, what its newest run measured stands in its place. */
export function paperPage(
  card: PaperCard,
  measured: Measured,
  parts: { paper: Paper | undefined; source: readonly SourceFile[]; serverRuns: boolean; canSignIn: boolean },
): PaperPageData {
  const { paper, source, serverRuns, canSignIn } = parts;
  const signed = paper === undefined || card.authors.length > 0 ? card : { ...card, authors: paper.authors };
  const kept = measured.results.of(card.slug);
  const finished = runsOf(measured, card.slug);
  const result = kept?.result ?? finished[0]?.result;
  return {
    kind: "paper",
    card: signed,
    about: paper?.summary,
    claims: claimRows(paper, result?.claims ?? []),
    measured:
      kept === undefined
        ? null
        : {
            date: kept.result.times.finished.slice(0, 10),
            machine: describe(kept.result.machine),
            commit: kept.commit,
          },
    figures: figuresOf(finished),
    images: mediaOf(card.slug, finished, "images"),
    sounds: mediaOf(card.slug, finished, "sounds"),
    tables: (result?.tables ?? []).map(({ name, columns, rows, caption }) => ({
      name,
      columns,
      rows,
      caption: caption ?? null,
    })),
    costs: Object.entries(result?.cost ?? {}).map(([name, figures]) => ({ name, figures })),
    downloads: downloadsOf(card.slug, finished),
    bibtex: bibtexOf(signed),
    source,
    settings: paper?.settings ?? {},
    serverRuns: serverRuns && paper !== undefined,
    canSignIn: canSignIn && paper !== undefined,
  };
}

/** The claims as the module declares them, each with what came of it. */
function claimRows(paper: Paper | undefined, measured: readonly ClaimResult[]): ClaimRow[] {
  const results = new Map(measured.map((result) => [result.id, result]));
  return (paper?.claims ?? []).map((claim) => ({ claim, result: results.get(claim.id) ?? null }));
}

/** Of the first run that has any: a run of seconds says so in the caption. */
function figuresOf(runs: readonly KeptRun[]): PageFigure[] {
  for (const run of runs) {
    const figures = run.result.figures.flatMap(({ name, title, caption }) => {
      const file = run.specs.get(name);
      const spec = file === undefined ? undefined : readSpec(file);
      return spec === undefined ? [] : [{ name, title, caption: captionOf(caption, run), spec }];
    });
    if (figures.length > 0) return figures;
  }
  return [];
}

function mediaOf(slug: string, runs: readonly KeptRun[], kind: "images" | "sounds"): PaperPageData["images"] {
  for (const run of runs) {
    if (run[kind].size === 0) continue;
    const captions = new Map(run.result.images.map(({ name, caption }) => [name, caption]));
    return [...run[kind]].map(([name, file]) => ({
      name,
      url: kind === "images" ? pictureUrl(slug, file) : fileUrl(slug, file),
      caption: captionOf(kind === "images" ? (captions.get(name) ?? null) : null, run),
    }));
  }
  return [];
}

function captionOf(caption: string | null, { result }: KeptRun): string | null {
  if (result.mode === "full") return caption;
  return `${caption === null ? "" : `${caption} `}(From a quick run.)`;
}

function downloadsOf(slug: string, runs: readonly KeptRun[]): PaperPageData["downloads"] {
  const models = runs.find((run) => run.models.length > 0)?.models ?? [];
  return models.map((file) => ({ label: file.name, url: fileUrl(slug, file), bytes: file.bytes }));
}

/** A machine in a few words: "AMD EPYC, 2 cores, linux, cpu". */
function describe(machine: Readonly<Record<string, unknown>>): string {
  const { cpu, cores, platform, device } = machine;
  const words = [cpu, typeof cores === "number" ? `${cores} cores` : undefined, platform, device];
  return words.filter((word) => typeof word === "string" && word !== "").join(", ");
}
