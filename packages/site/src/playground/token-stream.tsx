import { formatNumber } from "@paperworks/lab/report/numbers";
import { type SequenceCore, stateBytes } from "@paperworks/nn";
import { AarenStack } from "@paperworks/papers/attention/aaren/aaren";
import { CausalTransformerStack } from "@paperworks/papers/attention/aaren/causal-transformer";
import { cost, type Tensor, type Tree, zeros } from "@paperworks/tensor";
import { useEffect, useMemo, useState } from "react";
import { Slider } from "./slider.tsx";

const heads = 4;
const mostDoublings = 12;

/** What a token costs a model whose state has room for `tokens`: nothing is run, the graphs are counted. */
function tokenCost<S extends Tree>(model: SequenceCore<S>, tokens: number): { bytes: number; macs: number } {
  const state = model.initialState(1, tokens);
  const { macs } = cost((token: Tensor) => model.step(token, state).output, zeros([1, model.dim]));
  return { bytes: stateBytes(state), macs };
}

/** Tokens arrive: memory and work of Aaren stay, those of a Transformer with a cache grow. */
export function TokenStreamPlay() {
  const [width, setWidth] = useState(5);
  const [doublings, setDoublings] = useState(4);
  const [running, setRunning] = useState(false);
  const dim = 2 ** width;
  const models = useMemo(() => {
    const options = { dim, heads, depth: 2 };
    return { Aaren: new AarenStack(options), Transformer: new CausalTransformerStack(options) };
  }, [dim]);
  const tokens = 2 ** doublings;
  const costs = useMemo(
    () => ({ Aaren: tokenCost(models.Aaren, tokens), Transformer: tokenCost(models.Transformer, tokens) }),
    [models, tokens],
  );
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      setDoublings((before) => {
        if (before < mostDoublings) return before + 1;
        setRunning(false);
        return before;
      });
    }, 700);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <div className="playground">
      <p>
        Both models have two blocks with {heads} heads. Aaren's state holds a running maximum, a denominator and a
        numerator for each head, whatever came before; the Transformer keeps a key and a value of every token, and reads
        them all for the next one.
      </p>
      <Slider
        id="stream-width"
        label="d, the width"
        value={width}
        min={4}
        max={8}
        step={1}
        text={String(dim)}
        onChange={setWidth}
      />
      <Slider
        id="stream-tokens"
        label="tokens so far"
        value={doublings}
        min={0}
        max={mostDoublings}
        step={1}
        text={tokens.toLocaleString("en")}
        onChange={setDoublings}
      />
      <button
        type="button"
        onClick={() => {
          setDoublings(0);
          setRunning(true);
        }}
      >
        Let tokens arrive
      </button>
      <Bars title="bytes of the state" values={{ Aaren: costs.Aaren.bytes, Transformer: costs.Transformer.bytes }} />
      <Bars
        title="multiply-accumulates for the next token"
        values={{ Aaren: costs.Aaren.macs, Transformer: costs.Transformer.macs }}
      />
      <p role="status">
        After {tokens.toLocaleString("en")} tokens the Transformer's cache is{" "}
        {formatNumber(costs.Transformer.bytes / costs.Aaren.bytes)} times Aaren's state.
      </p>
    </div>
  );
}

function Bars({ title, values }: { readonly title: string; readonly values: Readonly<Record<string, number>> }) {
  const most = Math.max(...Object.values(values));
  return (
    <figure className="bars">
      <figcaption>{title}</figcaption>
      {Object.entries(values).map(([name, value]) => (
        <div key={name} className="bar-row">
          <span>{name}</span>
          <span className="track">
            <span className="filled" style={{ width: `${Math.max((100 * value) / most, 0.3)}%` }} />
          </span>
          <span className="number">{value.toLocaleString("en")}</span>
        </div>
      ))}
    </figure>
  );
}
