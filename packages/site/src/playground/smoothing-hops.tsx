import { stochasticBlockModel } from "@paperworks/data/graphs";
import { formatNumber } from "@paperworks/lab/report/numbers";
import { adaptiveFeatures } from "@paperworks/papers/graphs/dgmlp/smoothing";
import { edgesOf, normalisedAdjacency, stationaryState } from "@paperworks/papers/graphs/graph";
import { hopsOf } from "@paperworks/papers/graphs/propagation";
import { useMemo, useState } from "react";
import { linearScale, pathOf } from "./scale.ts";
import { Slider } from "./slider.tsx";

const [nodes, blocks, mostHops] = [90, 3, 32];
const side = 320;

/** A small graph of three communities whose nodes have two features: a place in the plane around their community's own. */
function smallGraph() {
  const graph = stochasticBlockModel({
    blocks,
    nodes,
    meanDegree: 5,
    homophily: 0.8,
    features: 12,
    wordsPerNode: 3,
    labelsPerClass: 2,
    validation: 10,
    test: 10,
    seed: 4,
  });
  const block = graph.labels;
  // A low-discrepancy scatter around each community's corner, the same at every visit.
  const features = Float32Array.from({ length: nodes * 2 }, (_, i) => {
    const node = i >> 1;
    const turn = (2 * Math.PI * Number(block[node])) / blocks;
    const spread = ((node * (i % 2 === 0 ? 0.7548776662 : 0.5698402909)) % 1) - 0.5;
    return 2 + (i % 2 === 0 ? Math.cos(turn) : Math.sin(turn)) + 1.6 * spread;
  });
  const edges = { nodes, edges: graph.edges };
  const adjacency = normalisedAdjacency(edges, { r: 0 });
  const hops = [...hopsOf(adjacency, features, mostHops)].map((hop) => hop.slice());
  const { levels } = adaptiveFeatures(adjacency, features, stationaryState(edges, features, 0), mostHops);
  return { block, edges: [...edgesOf(edges)], hops, levels };
}

/** Nodes of a graph hop by hop: neighbours average, and everything draws together. Click one for its own weights of the hops. */
export function SmoothingHops() {
  const { block, edges, hops, levels } = useMemo(smallGraph, []);
  const [hop, setHop] = useState(0);
  const [chosen, setChosen] = useState(0);
  const at = (values: Float32Array): ((node: number) => [number, number]) => {
    const x = linearScale([0, 4], [10, side - 10]);
    return (node) => [x(values[2 * node]), side - x(values[2 * node + 1])];
  };
  const place = at(hops[hop]);
  const weights = softmax(levels.map((level) => level[chosen]));
  const global = levels.map((level) => level.reduce((a, b) => a + b, 0) / nodes);
  const x = linearScale([0, mostHops], [36, side - 8]);
  const y = linearScale([0, Math.max(...global)], [150, 10]);
  return (
    <div className="playground">
      <p>
        A graph of {nodes} nodes in {blocks} communities; each hop replaces a node by the mean of itself and its
        neighbours. Some hops bring communities together, more of them bring everything together. The smoothing level
        (right) says how far a node still is from that end; DGMLP weighs each node's hops by it.
      </p>
      <Slider
        id="hops"
        label="hops of propagation"
        value={hop}
        min={0}
        max={mostHops}
        step={1}
        text={String(hop)}
        onChange={setHop}
      />
      <div className="pair">
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing of buttons, which no fieldset can hold */}
        <svg viewBox={`0 0 ${side} ${side}`} role="group" aria-label={`Nodes after ${hop} hops`}>
          {edges.map(([a, b]) => {
            const [[x1, y1], [x2, y2]] = [place(a), place(b)];
            return <line key={`${a} ${b}`} className="edge" x1={x1} y1={y1} x2={x2} y2={y2} />;
          })}
          {Array.from({ length: nodes }, (_, node) => {
            const [cx, cy] = place(node);
            return (
              // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in a drawing
              <circle
                // biome-ignore lint/suspicious/noArrayIndexKey: the node is its number
                key={node}
                role="button"
                tabIndex={node === chosen ? 0 : -1}
                aria-label={`Node ${node}, community ${Number(block[node]) + 1}`}
                aria-pressed={node === chosen}
                className={`node community-${block[node]}`}
                cx={cx}
                cy={cy}
                r={node === chosen ? 7 : 4}
                onClick={() => setChosen(node)}
                onKeyDown={({ key }) => {
                  if (key === "ArrowRight") setChosen((chosen + 1) % nodes);
                  if (key === "ArrowLeft") setChosen((chosen + nodes - 1) % nodes);
                }}
              />
            );
          })}
        </svg>
        <svg
          viewBox={`0 0 ${side} ${side}`}
          role="img"
          aria-label="Smoothing level against hops, and the weights of the chosen node"
        >
          <text x={36} y={10}>
            mean smoothing level
          </text>
          <path className="curve" d={pathOf(global.map((level, k) => [x(k), y(level)]))} />
          <line className="mark" x1={x(hop)} y1={10} x2={x(hop)} y2={150} />
          <text x={36} y={182}>
            hop weights of node {chosen}
          </text>
          {weights.map((weight, k) => {
            const size = (110 * weight) / Math.max(...weights);
            // biome-ignore lint/suspicious/noArrayIndexKey: the hop is its number
            return <rect key={k} className="bar" x={x(k) - 3} y={306 - size} width={6} height={size} />;
          })}
        </svg>
      </div>
      <p role="status">
        After {hop} {hop === 1 ? "hop" : "hops"} the mean smoothing level is {formatNumber(global[hop])}.
      </p>
    </div>
  );
}

function softmax(values: readonly number[]): number[] {
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp((value - top) / 0.1));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
