import { MeasurementError } from "./errors.ts";
import type { EventSink, Finding } from "./events.ts";
import { encodeJson } from "./json.ts";
import type { Claim, Paper } from "./paper.ts";
import type { ClaimResult, DataProvenance, RunResult } from "./result.ts";
import { estimate, judge } from "./verdict.ts";

export interface FindingsOptions {
  readonly paper: Paper;
  readonly quick: boolean;
  readonly provenance: () => readonly DataProvenance[];
  readonly sink: EventSink;
}

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

type Found<T extends Finding["type"]> = Extract<Finding, { type: T }>;

/** Checks and collects what an experiment puts out, and judges its claims. */
export class Findings {
  readonly #options: FindingsOptions;
  readonly #measured = new Map<string, Found<"measured">>();
  readonly #named = new Map<string, Finding>();

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  /** @param seedCounts how many seeds the replicates so far had */
  add(finding: Finding, seedCounts: ReadonlySet<number>): void {
    const { sink } = this.#options;
    if (finding.type === "measured") {
      const claim = this.#checkMeasurement(finding, seedCounts);
      this.#measured.set(finding.claim, finding);
      sink({ ...finding, result: this.#claimResult(claim, undefined) });
      return;
    }
    if (finding.type !== "log") {
      this.#check(finding);
      this.#named.set(`${finding.type} ${finding.name}`, finding);
    }
    sink(finding);
  }

  /** @param stopped why the run did not come to its end; undefined when it did */
  claims(stopped: string | undefined): ClaimResult[] {
    return this.#options.paper.claims.map((claim) => this.#claimResult(claim, stopped));
  }

  /** Claims that a full run should have measured: those whose data was there. */
  leftOut(): string[] {
    const missing = this.#options.paper.claims.filter(
      (claim) => !this.#measured.has(claim.id) && this.#missingData(claim) === undefined,
    );
    return missing.map(({ id }) => id);
  }

  /** The first measurement that holds a NaN or an infinity. */
  nonFinite(): { claim: string; values: readonly number[] } | undefined {
    for (const { claim, values } of this.#measured.values())
      if (!values.every(Number.isFinite)) return { claim, values };
    return undefined;
  }

  collected(): Pick<RunResult, "metrics" | "cost" | "figures" | "tables" | "images" | "models"> {
    return {
      metrics: Object.fromEntries(
        this.#all("metric").map(({ name, values, unit, timing }) => {
          const { value, spread } = estimate(values);
          return [name, { values, value, spread, unit, timing }];
        }),
      ),
      cost: Object.fromEntries(this.#all("cost").map(({ name, figures }) => [name, figures])),
      figures: this.#all("figure").map(({ name, title, caption }) => ({ name, title, caption: caption ?? null })),
      tables: this.#all("table").map(({ type: _type, ...table }) => table),
      images: this.#all("image").map(({ name, width, height, caption }) => ({
        name,
        width,
        height,
        caption: caption ?? null,
      })),
      models: this.#all("model").map(({ name, onnx, safetensors }) => ({
        name,
        bytes: onnx.length,
        safetensors: safetensors !== undefined,
      })),
    };
  }

  #all<T extends Finding["type"]>(type: T): Found<T>[] {
    return [...this.#named.values()].filter((finding): finding is Found<T> => finding.type === type);
  }

  #checkMeasurement({ claim: id, values }: Found<"measured">, seedCounts: ReadonlySet<number>): Claim {
    const { paper } = this.#options;
    const claim = paper.claims.find((candidate) => candidate.id === id);
    if (claim === undefined) {
      throw new MeasurementError(
        `${paper.slug} has no claim "${id}": it has ${paper.claims.map((known) => known.id).join(", ")}`,
      );
    }
    if (this.#measured.has(id)) throw new MeasurementError(`claim ${id} was measured before`);
    checkNumbers(`claim ${id}`, values);
    if (values.length !== 1 && !seedCounts.has(values.length)) {
      const counts = [...seedCounts].join(" or ");
      const expected = counts === "" ? "no replicate has run" : `the replicates had ${counts}`;
      throw new MeasurementError(`claim ${id} takes one value, or one a seed (${expected}), not ${values.length}`);
    }
    return claim;
  }

  #check(finding: Exclude<Finding, { type: "measured" | "log" }>): void {
    const owner = `${finding.type} "${finding.name}"`;
    if (!fileName.test(finding.name)) {
      throw new MeasurementError(`${owner}: a name is letters, digits, ".", "-" and "_", since files are called so`);
    }
    switch (finding.type) {
      case "metric":
        checkNumbers(owner, finding.values);
        break;
      case "cost":
        encodeJson(finding.figures);
        break;
      case "table":
        for (const [index, row] of finding.rows.entries()) {
          if (row.length !== finding.columns.length) {
            throw new MeasurementError(
              `${owner}: row ${index + 1} has ${row.length} cells for ${finding.columns.length} columns`,
            );
          }
        }
        break;
      case "image": {
        const { width, height, channels, pixels } = finding;
        if (!(width > 0 && height > 0) || pixels.length !== width * height * channels) {
          throw new MeasurementError(
            `${owner}: ${width} × ${height} × ${channels} needs ${width * height * channels} bytes, not ${pixels.length}`,
          );
        }
        break;
      }
      case "model":
        if (!(finding.onnx instanceof Uint8Array) || finding.onnx.length === 0) {
          throw new MeasurementError(`${owner}: the ONNX file is empty`);
        }
        break;
      case "figure":
        if (finding.title.trim() === "") throw new MeasurementError(`${owner} needs a title`);
        break;
    }
  }

  #claimResult(claim: Claim, stopped: string | undefined): ClaimResult {
    const { id, paper, measures, bar, timing } = claim;
    const values = this.#measured.get(id)?.values ?? [];
    const estimated = values.length === 0 ? { value: null, spread: null, interval: null } : estimate(values);
    const unjudged = this.#whyNotJudged(claim, stopped);
    const judgement =
      unjudged === undefined ? judge(values, bar) : { verdict: "not judged" as const, reason: unjudged };
    const { verdict, reason } = judgement;
    return { id, paper, measures, bar, values, ...estimated, verdict, reason: reason ?? null, timing };
  }

  #whyNotJudged(claim: Claim, stopped: string | undefined): string | undefined {
    if (this.#options.quick) return "quick run";
    const missing = this.#missingData(claim);
    const measured = this.#measured.get(claim.id);
    if (measured) return missing ?? measured.unjudged;
    return stopped ?? missing ?? "never measured";
  }

  #missingData({ needs }: Claim): string | undefined {
    const provenance = this.#options.provenance();
    for (const dataset of needs) {
      const records = provenance.filter((entry) => entry.dataset === dataset);
      if (records.length === 0) return `the bar was set for the real ${dataset}, which this run did not have`;
      if (records.some(({ origin }) => origin === "generated")) {
        return `the bar was set for the real ${dataset}; this run used generated data`;
      }
    }
    return undefined;
  }
}

function checkNumbers(owner: string, values: readonly number[]): void {
  if (values.length === 0) throw new MeasurementError(`${owner} was given no value`);
  for (const value of values) {
    if (typeof value !== "number") throw new MeasurementError(`${owner}: ${JSON.stringify(value)} is not a number`);
  }
}
