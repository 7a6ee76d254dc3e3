import { formatNumber } from "@paperworks/lab/report/numbers";
import { randomWalkRms } from "@paperworks/papers/training/gradient-noise/noise";
import { useMemo, useState } from "react";
import { linearScale, logScale, pathOf } from "./scale.ts";
import { Slider } from "./slider.tsx";

const [width, height] = [640, 260];
const plot = { left: 56, right: 16, top: 12, bottom: 30 };
const [lastStep, learningRate, units] = [3000, 0.1, 50];
/** He's standard deviation of layers of 50 units, at which signals neither die out nor blow up. */
const critical = Math.sqrt(2 / units);
const steps = Array.from({ length: 61 }, (_, i) => Math.round((i * lastStep) / 60));

/** How far noise alone carries the weights of layers that start at zero, beside the size at which a deep network comes alive. */
export function NoiseWalk() {
  const [logEta, setLogEta] = useState(-2);
  const [gamma, setGamma] = useState(0.55);
  const eta = 10 ** logEta;
  const walk = useMemo(
    () => steps.map((step) => [step, randomWalkRms(step, learningRate, { eta, gamma })] as const),
    [eta, gamma],
  );
  const x = linearScale([0, lastStep], [plot.left, width - plot.right]);
  const y = logScale([0.01, 2], [height - plot.bottom, plot.top]);
  const arrival = walk.find(([, rms]) => rms >= critical)?.[0];
  const end = walk[walk.length - 1][1];
  const verdict =
    end > 2 * critical
      ? `overshoots: rms ${formatNumber(end)} after ${lastStep} steps, ${formatNumber(end / critical)} times what the network needs`
      : arrival === undefined
        ? `never arrives: rms ${formatNumber(end)} after ${lastStep} steps, below ${formatNumber(critical)}`
        : `arrives at the critical size after about ${arrival} steps`;
  return (
    <div className="playground">
      <p>
        Weights that start at zero get no gradient in a deep network: noise walks them out. With a learning rate of{" "}
        {learningRate} their size after T steps is lr·√(η Σ (1 + t)<sup>−γ</sup>). Too little noise and the network
        never comes alive; too much and it never calms down.
      </p>
      <Slider
        id="walk-eta"
        label="η, the variance at the first step"
        value={logEta}
        min={-4}
        max={1}
        step={0.05}
        text={formatNumber(eta)}
        onChange={setLogEta}
      />
      <Slider
        id="walk-gamma"
        label="γ, how fast it fades"
        value={gamma}
        min={0}
        max={1.5}
        step={0.05}
        text={gamma.toFixed(2)}
        onChange={setGamma}
      />
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Size of the weights against steps: noise ${verdict}`}
      >
        <line className="axis" x1={plot.left} y1={y(0.01)} x2={width - plot.right} y2={y(0.01)} />
        <line className="mark" x1={plot.left} y1={y(critical)} x2={width - plot.right} y2={y(critical)} />
        <text x={width - plot.right} y={y(critical) - 6} textAnchor="end">
          critical, √(2/{units}) = {formatNumber(critical)}
        </text>
        {[0.01, 0.1, 1].map((tick) => (
          <text key={tick} x={plot.left - 8} y={y(tick) + 4} textAnchor="end">
            {tick}
          </text>
        ))}
        {[0, 1000, 2000, 3000].map((tick) => (
          <text key={tick} x={x(tick)} y={height - 8} textAnchor="middle">
            {tick}
          </text>
        ))}
        <path className="curve" d={pathOf(walk.slice(1).map(([step, rms]) => [x(step), y(rms)]))} />
      </svg>
      <p role="status">Noise {verdict}.</p>
    </div>
  );
}
