import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringifyJson } from "@paperworks/experiment";
import { type Database, migrate, openDatabase } from "@paperworks/lab/queue";
import { catalogue, papers } from "@paperworks/papers";
import { createSite, type RunningSite, type SiteOptions } from "./create-site.ts";

/** A paper of the list that has no module yet. */
export const unbuiltPaper: string =
  catalogue.find(({ slug }) => !papers.some((paper) => paper.slug === slug))?.slug ?? "";

/** A site in memory with one paper measured, for tests. */
export interface FixtureSite extends Omit<RunningSite, "close"> {
  readonly database: Database;
  readonly folder: string;
  /** Goes on only when it is told to. */
  readonly time: { now: Date };
  readonly errors: Error[];
  close(): Promise<void>;
}

/** @param options with a `database` it stays open and is emptied of votes and subscribers first: an empty one takes seconds */
export async function openFixtureSite(options: Partial<SiteOptions> = {}): Promise<FixtureSite> {
  const folder = mkdtempSync(join(tmpdir(), "paperworks-site-"));
  writeMeasuredPaper(folder);
  const database = (await options.database) ?? (await openTestDatabase());
  const time = { now: new Date("2026-11-24T12:00:00Z") };
  const errors: Error[] = [];
  const site = createSite({
    results: join(folder, "results"),
    runs: join(folder, "runs"),
    clock: () => time.now,
    onError: (error) => errors.push(error),
    ...options,
    database,
  });
  await site.store.database();
  await database.execute("truncate paperworks.site_votes, paperworks.site_subscribers restart identity cascade");
  return {
    ...site,
    database,
    folder,
    time,
    errors,
    async close() {
      site.close();
      await site.settle();
      if (options.database === undefined) await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * A database in memory; or an empty PostgreSQL whose address PAPERWORKS_TEST_POSTGRES gives, for one test file at a time
 * (`vitest run --no-file-parallelism`).
 */
export async function openTestDatabase(): Promise<Database> {
  const { PAPERWORKS_TEST_POSTGRES: url } = process.env;
  const database = await openDatabase(url ? { url } : { folder: "memory:" });
  if (url) await database.execute("drop schema if exists paperworks cascade; drop schema if exists pgboss cascade");
  if (url) await migrate(database);
  return database;
}

/** The result and the run folder of "aaren", made up: one claim reproduced, one missed; an image, a figure, a model. */
function writeMeasuredPaper(folder: string): void {
  const claim = { paper: "p", measures: "m", bar: { op: ">=", value: 1 }, interval: null, reason: null, timing: false };
  const result = {
    format: "paperworks-result",
    version: 1,
    slug: "aaren",
    title: "Attention as an RNN",
    family: "attention",
    mode: "full",
    status: "finished",
    error: null,
    seed: 0,
    seeds: null,
    settings: {},
    data: [],
    claims: [
      { ...claim, id: "comparable.forecasting", values: [2], value: 2, spread: 0.1, verdict: "reproduced" },
      { ...claim, id: "comparable.events", values: [0], value: 0, spread: null, verdict: "missed" },
    ],
    metrics: {},
    cost: { step: { macs: 12 } },
    figures: [{ name: "curve", title: "A curve <of loss>", caption: "falling" }],
    tables: [{ name: "numbers", columns: ["a", "b"], rows: [[1, "x&y"]], caption: "Some numbers" }],
    images: [{ name: "grid", width: 1, height: 1, caption: "A grid of samples" }],
    models: [{ name: "model", bytes: 4, safetensors: true }],
    seconds: 1,
    machine: { cpu: "Made-up", cores: 2, platform: "linux", device: "cpu" },
    times: { started: "2026-11-20T00:00:00Z", finished: "2026-11-20T00:01:00Z", tasks: [] },
  };
  const { slug, title, family } = result;
  const kept = {
    format: "paperworks-reproduction",
    version: 1,
    paper: { slug, title, family, year: 2024, arxiv: null },
    commit: "0123456789abcdef",
    changed: false,
    result,
  };
  const run = join(folder, "runs/aaren-full");
  for (const inner of ["results", "runs/aaren-full/figures", "runs/aaren-full/images"]) {
    mkdirSync(join(folder, inner), { recursive: true });
  }
  writeFileSync(join(folder, "results/aaren.json"), stringifyJson(kept));
  writeFileSync(join(run, "run.json"), stringifyJson({ slug }));
  writeFileSync(join(run, "result.json"), stringifyJson(result));
  writeFileSync(join(run, "figures/curve.vl.json"), '{"mark":"line"}');
  writeFileSync(join(run, "figures/curve.svg"), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(run, "images/grid.png"), onePixel);
  writeFileSync(join(run, "model.onnx"), "onnx");
  writeFileSync(join(run, "model.safetensors"), "safe");
}

/** A picture of one pixel as PNG. */
const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
