import { barInterval, type ClaimResult } from "@paperworks/experiment";
import { html, type Markup } from "./html.ts";
import { formatNumber } from "./numbers.ts";

const width = 360;
const height = 64;
const margin = 14;
const middle = 26;

type Stripped = Pick<ClaimResult, "values" | "value" | "interval" | "bar" | "id">;

/** The part of the line that holds a claim's values, interval and bar; for several claims, those of all. */
export function stripRange(claims: readonly Pick<Stripped, "values" | "interval" | "bar">[]): [number, number] {
  const ends = claims.flatMap(({ values, interval, bar }) => [...values, ...(interval ?? []), ...barInterval(bar)]);
  const finite = ends.filter(Number.isFinite);
  return padded(Math.min(...finite), Math.max(...finite));
}

/**
 * A claim's values on a line: a point a seed, a thin line over the 90 % interval with a tick at the mean, and the region
 * that clears the bar shaded.
 * @param range the part of the line that is drawn, so that claims beside each other share it
 * @returns undefined for a claim without a finite value
 */
export function stripPlot(claim: Stripped, range: readonly [number, number] = stripRange([claim])): Markup | undefined {
  const { values, value, interval, bar, id } = claim;
  if (!values.some(Number.isFinite)) return undefined;
  const [barLow, barHigh] = barInterval(bar);
  const [low, high] = range;
  const x = (at: number) => {
    const share = (Math.min(high, Math.max(low, at)) - low) / (high - low);
    return Number((margin + share * (width - 2 * margin)).toFixed(2));
  };
  const bars = [...new Set([barLow, barHigh])].filter(Number.isFinite);
  const spread = interval?.every(Number.isFinite) && interval[0] < interval[1] ? interval : undefined;
  return html`<svg class="strip" viewBox="0 0 ${width} ${height}" role="img" aria-label="values of ${id} beside its bar">
<rect class="clears" x="${x(barLow)}" y="6" width="${Math.max(1, x(barHigh) - x(barLow))}" height="40"/>
<line class="axis" x1="${margin}" x2="${width - margin}" y1="46" y2="46"/>
${bars.map(
  (
    end,
  ) => html`<line class="bar" x1="${x(end)}" x2="${x(end)}" y1="6" y2="46"><title>bar ${formatNumber(end)}</title></line>
<text class="bar-label" x="${x(end)}" y="59" text-anchor="${anchor(x(end))}">bar ${formatNumber(end)}</text>`,
)}
${spread !== undefined && html`<line class="interval" x1="${x(spread[0])}" x2="${x(spread[1])}" y1="${middle}" y2="${middle}"><title>90 % interval ${formatNumber(spread[0])} … ${formatNumber(spread[1])}</title></line>`}
${value !== null && Number.isFinite(value) && html`<line class="mean" x1="${x(value)}" x2="${x(value)}" y1="${middle - 9}" y2="${middle + 9}"/>`}
${values.map(
  (one, index) =>
    Number.isFinite(one) &&
    html`<circle class="seed" cx="${x(one)}" cy="${middle}" r="4"><title>${values.length === 1 ? "value" : `value ${index + 1} of ${values.length}`}: ${formatNumber(one)}</title></circle>`,
)}
</svg>`;
}

function padded(low: number, high: number): [number, number] {
  const pad = low === high ? Math.max(Math.abs(low) * 0.1, 1e-9) : (high - low) * 0.12;
  return [low - pad, high + pad];
}

function anchor(x: number): string {
  if (x < width / 4) return "start";
  return x > (3 * width) / 4 ? "end" : "middle";
}
