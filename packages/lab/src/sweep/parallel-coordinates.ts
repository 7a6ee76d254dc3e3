import type { SettingValue, VegaLiteSpec } from "@paperworks/experiment";
import { formatNumber } from "../report/numbers.ts";
import type { Sweep, SweepRow } from "./sweep.ts";
import { outcomesOf } from "./sweep-table.ts";

/** More axes than this cannot be read side by side. */
const mostAxes = 12;

/** One vertical axis: where each point is on it, from 0 to 1, and what is written beside it. */
interface Coordinate {
  readonly name: string;
  readonly at: (row: SweepRow) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/**
 * A line a run over vertical axes, one a setting and one a measured number, as a Vega-Lite specification. The colour is
 * the first measured number's. Undefined when nothing was measured yet.
 */
export function parallelCoordinates(sweep: Sweep, rows: readonly SweepRow[]): VegaLiteSpec | undefined {
  const ended = rows.filter(({ state }) => state === "finished");
  const measured = outcomes(sweep, ended);
  const finished = ended.filter((row) => measured.some(({ value }) => value(row) !== undefined));
  if (finished.length === 0) return undefined;
  const settings = sweep.axes
    .filter(({ name }) => new Set(finished.map((row) => row.settings[name])).size > 1)
    .map(({ name }) => {
      const log = sweep.paper.settings[name].log === true;
      return coordinate(name, finished, (row) => row.settings[name], log);
    });
  const numbers = measured.map(({ name, value }) => coordinate(name, finished, value, false));
  const coordinates = [...settings, ...numbers].slice(0, mostAxes);
  const [first] = measured;
  const lines = finished.flatMap((row) =>
    coordinates.map(({ name, at }) => ({
      axis: name,
      at: at(row) ?? null,
      run: row.point + 1,
      [first.name]: first.value(row) ?? null,
    })),
  );
  const axes = coordinates.map(({ name }) => ({ axis: name, from: 0, to: 1 }));
  const ticks = coordinates.flatMap(({ name, ticks }) => ticks.map((tick) => ({ axis: name, ...tick })));
  const sort = coordinates.map(({ name }) => name);
  const x = {
    field: "axis",
    type: "nominal",
    sort,
    axis: { title: null, orient: "top", labelAngle: 0, domain: false, ticks: false, labelPadding: 8 },
  };
  const y = { field: "at", type: "quantitative", scale: { domain: [0, 1] }, axis: null };
  return {
    width: Math.max(320, 120 * coordinates.length),
    height: 300,
    layer: [
      {
        data: { values: axes },
        mark: { type: "rule", opacity: 0.4 },
        encoding: { x, y: { ...y, field: "from" }, y2: { field: "to" } },
      },
      {
        data: { values: lines },
        mark: { type: "line", opacity: 0.75, strokeWidth: 1.5 },
        encoding: {
          x,
          y,
          detail: { field: "run" },
          color: {
            field: fieldPath(first.name),
            type: "quantitative",
            title: first.name,
            scale: { scheme: "viridis" },
          },
          tooltip: [
            { field: "run", type: "nominal" },
            { field: fieldPath(first.name), type: "quantitative", title: first.name },
          ],
        },
      },
      {
        data: { values: ticks },
        mark: { type: "text", align: "left", dx: 4, fontSize: 10 },
        encoding: { x, y, text: { field: "label" } },
      },
    ],
  };
}

/** The measured numbers that are the same for the same seed: times are not. */
function outcomes(sweep: Sweep, rows: readonly SweepRow[]) {
  const { claims, metrics } = outcomesOf(sweep, rows);
  const finite = (value: number | null | undefined) =>
    typeof value === "number" && Number.isFinite(value) ? value : undefined;
  return [
    ...claims.map(({ name, heading }) => ({
      name: heading,
      value: (row: SweepRow) => finite(row.claims.find(({ id, timing }) => id === name && !timing)?.value),
    })),
    ...metrics.map(({ name, heading }) => ({
      name: heading,
      value: (row: SweepRow) => (row.metrics[name]?.timing ? undefined : finite(row.metrics[name]?.value)),
    })),
  ].filter(({ value }) => rows.some((row) => value(row) !== undefined));
}

function coordinate(
  name: string,
  rows: readonly SweepRow[],
  value: (row: SweepRow) => SettingValue | undefined,
  log: boolean,
): Coordinate {
  const values = rows.map(value).filter((one) => one !== undefined);
  if (values.every((one) => typeof one === "number")) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = log ? Math.log : (one: number) => one;
    const share = (one: number) => (low === high ? 0.5 : (scale(one) - scale(low)) / (scale(high) - scale(low)));
    const middle = log ? Math.sqrt(low * high) : (low + high) / 2;
    return {
      name,
      at(row) {
        const one = value(row);
        return typeof one === "number" ? share(one) : undefined;
      },
      ticks: [...new Set([low, middle, high])].map((one) => ({ at: share(one), label: formatNumber(one) })),
    };
  }
  const kinds = [...new Set(values)];
  const share = (one: SettingValue) => (kinds.length === 1 ? 0.5 : kinds.indexOf(one) / (kinds.length - 1));
  return {
    name,
    at(row) {
      const one = value(row);
      return one === undefined ? undefined : share(one);
    },
    ticks: kinds.map((kind) => ({ at: share(kind), label: String(kind) })),
  };
}

/** Vega-Lite reads dots and brackets in a field's name as a path unless they are escaped. */
function fieldPath(name: string): string {
  return name.replaceAll(/[.[\]\\]/g, "\\$&");
}
