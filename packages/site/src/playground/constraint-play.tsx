import { lastChoice, type SearchTrace, searchTrace } from "@paperworks/papers/attention/flashrnn/solver/search-trace";
import { tileOrder, tileProblem } from "@paperworks/papers/attention/flashrnn/solver/tile-problem";
import { useMemo, useState } from "react";
import { logScale } from "./scale.ts";
import { Slider } from "./slider.tsx";

const [width, rowHeight, labelWidth, side] = [320, 24, 116, 240];
const mostDots = 96;
const problem = tileProblem({ cell: "lstm", batch: 6, heads: 12, dim: 96 });
const variables = Object.keys(problem.variables).filter((name) => typeof problem.variables[name] !== "number");
const constants = Object.entries(problem.variables).flatMap(([name, known]) =>
  typeof known === "number" ? [`${name} = ${known}`] : [],
);
const widest = Math.max(...Object.values(problem.variables).map((set) => (typeof set === "number" ? 1 : set.upper)));

function traceOf(constraints: string): SearchTrace | Error {
  try {
    return searchTrace({ ...problem, constraints }, tileOrder, 400);
  } catch (error) {
    return error as Error;
  }
}

/** Constraints to edit, the values they leave after every propagation, and the tile that is found, on one gate's matrix. */
export function ConstraintPlay() {
  const [text, setText] = useState((problem.constraints as string).trim());
  const [at, setAt] = useState(0);
  const trace = useMemo(() => traceOf(text), [text]);
  const failed = trace instanceof Error;
  const last = failed ? 0 : trace.steps.length - 1;
  const step = Math.min(at, last);
  return (
    <div className="playground">
      <p>
        An LSTM of 12 heads of 96 units runs on 6 rows. How it is cut up must fit the registers and the caches, and
        divide what it cuts. The solver keeps what each number may still be, and chooses only where propagation leaves a
        choice.
      </p>
      <label className="constraints" htmlFor="constraint-text">
        constraints, for {constants.join(", ")}
      </label>
      <textarea
        id="constraint-text"
        className="constraints"
        rows={12}
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <Slider
        id="propagation"
        label="propagation"
        value={step}
        min={0}
        max={Math.max(last, 1)}
        step={1}
        text={failed ? "–" : `${step + 1} of ${last + 1}`}
        onChange={setAt}
      />
      {failed ? (
        <p role="status">{trace.message}</p>
      ) : (
        <>
          <div className="pair">
            <Values trace={trace} step={step} />
            {trace.solution && <Tile {...trace.solution} />}
          </div>
          <p role="status">
            {lastChoice(trace.steps[step])}:{" "}
            {variables.map((name) => `${name} ${countOf(trace, step, name)}`).join(", ")}.{" "}
            {trace.solution ? "" : "No tile satisfies them all."}
          </p>
        </>
      )}
    </div>
  );
}

function countOf({ steps }: SearchTrace, step: number, name: string): string {
  const set = steps[step].sets.get(name);
  if (set === undefined || set.empty) return "has no value";
  return set.single === undefined ? `has ${set.size} values` : `is ${set.single}`;
}

/** A dot for each value that is still possible. */
function Values({ trace, step }: { readonly trace: SearchTrace; readonly step: number }) {
  const x = logScale([1, widest], [labelWidth, width - 10]);
  return (
    <svg viewBox={`0 0 ${width} ${variables.length * rowHeight + 10}`} role="img" aria-label="Values still possible">
      {variables.map((name, row) => {
        const members = [...(trace.steps[step].sets.get(name)?.members() ?? [])];
        const every = Math.ceil(members.length / mostDots);
        const y = row * rowHeight + 16;
        return (
          <g key={name}>
            <text x={0} y={y + 4}>
              {name}
            </text>
            <line className="axis" x1={labelWidth} y1={y} x2={width - 10} y2={y} />
            {members
              .filter((_, i) => i % every === 0)
              .map((value) => (
                <circle key={value} className="community-0" cx={x(value)} cy={y} r={4} />
              ))}
          </g>
        );
      })}
    </svg>
  );
}

/** One gate's matrix R of one head, k downwards and units to the right, cut into tiles; the first is filled. */
function Tile({ DIM, TILE_N, BLOCK_K }: Readonly<Record<string, number>>) {
  const scale = side / DIM;
  const lines = (size: number): number[] => Array.from({ length: DIM / size - 1 }, (_, i) => (i + 1) * size * scale);
  return (
    <svg viewBox={`-1 -1 ${side + 2} ${side + 2}`} role="img" aria-label={`Tiles of ${TILE_N} units by ${BLOCK_K}`}>
      <rect x={0} y={0} width={side} height={side} className="axis" fill="none" />
      <rect x={0} y={0} width={TILE_N * scale} height={BLOCK_K * scale} className="bar" />
      {lines(TILE_N).map((x) => (
        <line key={x} className="axis" x1={x} y1={0} x2={x} y2={side} />
      ))}
      {lines(BLOCK_K).map((y) => (
        <line key={y} className="axis" x1={0} y1={y} x2={side} y2={y} />
      ))}
    </svg>
  );
}
