import { formatNumber } from "@paperworks/lab/report/numbers";
import type { LossCurve } from "../run/run-view.ts";

const [width, height, left, bottom] = [640, 220, 52, 24];

/** The losses of a run under way: the task at work drawn strongly, earlier ones faintly. */
export function LossPlot({ curves, task }: { readonly curves: readonly LossCurve[]; readonly task: string | null }) {
  const shown = task === null ? curves : curves.filter((curve) => curve.task === task);
  const points = shown.flatMap((curve) => curve.points);
  if (points.length === 0) return null;
  const losses = points.map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const last = Math.max(...points.map(({ step }) => step));
  const x = (step: number): number => left + ((width - left - 8) * step) / Math.max(last, 1);
  const y = (loss: number): number => 8 + ((height - bottom - 16) * (high - loss)) / Math.max(high - low, 1e-12);
  const path = (curve: LossCurve): string =>
    curve.points
      .map(({ step, loss }, i) => `${i === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`)
      .join("");
  const latest = shown[shown.length - 1];
  const title = `Loss of ${latest.task}, seed ${latest.seed}: ${formatNumber(latest.points[latest.points.length - 1].loss)} at step ${latest.points[latest.points.length - 1].step}`;
  return (
    <svg className="loss-plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
      <line className="axis" x1={left} y1={height - bottom} x2={width - 8} y2={height - bottom} />
      <line className="axis" x1={left} y1={8} x2={left} y2={height - bottom} />
      <text x={left - 6} y={16} textAnchor="end">
        {formatNumber(high)}
      </text>
      <text x={left - 6} y={height - bottom} textAnchor="end">
        {formatNumber(low)}
      </text>
      <text x={width - 8} y={height - 6} textAnchor="end">
        step {last}
      </text>
      {shown.map((curve) => (
        <path key={`${curve.task} ${curve.seed}`} className={curve === latest ? "now" : "before"} d={path(curve)} />
      ))}
    </svg>
  );
}
