import { formatNumber } from "@paperworks/lab/report/numbers";
import { gatesOfHead, inkOf } from "@paperworks/papers/attention/gla/gates-of-text";
import { useEffect, useReducer, useRef, useState } from "react";
import { type FromGateWorker, mostCharacters, type ToGateWorker, trainingSteps } from "./gate-messages.ts";
import { Slider } from "./slider.tsx";

const firstText = "ALMA:\nThe king shall find the crown. My brother would follow!";
/** The pause in typing after which a text is drawn. */
const typingMilliseconds = 120;

interface Study {
  readonly map: Extract<FromGateWorker, { type: "gates" }> | undefined;
  readonly step: number;
  readonly loss: number | undefined;
  readonly testLoss: number | undefined;
  readonly training: boolean;
  readonly problem: string | undefined;
}

const untrained: Study = {
  map: undefined,
  step: 0,
  loss: undefined,
  testLoss: undefined,
  training: false,
  problem: undefined,
};

function follow(study: Study, message: FromGateWorker | ToGateWorker): Study {
  switch (message.type) {
    case "gates":
      return { ...study, map: message };
    case "step":
      return { ...study, step: message.step, loss: message.loss, testLoss: undefined };
    case "trained":
      return { ...study, training: false, testLoss: message.testLoss };
    case "failed":
      return { ...study, training: false, problem: message.message };
    case "train":
      return { ...study, training: true };
    case "pause":
      return { ...study, training: false };
    default:
      return study;
  }
}

/** The gates of a model on the reader's own text, before, while and after it is trained in the page. */
export function GateMap() {
  const [study, change] = useReducer(follow, untrained);
  const [text, setText] = useState(firstText);
  const [block, setBlock] = useState(1);
  const [head, setHead] = useState(1);
  const place = useRef<HTMLDivElement>(null);
  const [worker, setWorker] = useState<Worker>();
  const tell = (message: ToGateWorker) => {
    worker?.postMessage(message);
    change(message);
  };
  useEffect(() => {
    let opened: Worker | undefined;
    // The engine is fetched when the picture is about to be seen.
    const watcher = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting) return;
        watcher.disconnect();
        opened = new Worker(new URL("gate-worker.ts", import.meta.url), { type: "module", name: "gate map" });
        opened.addEventListener("message", ({ data }: MessageEvent<FromGateWorker>) => change(data));
        opened.addEventListener("error", ({ message }) =>
          change({ type: "failed", message: message || "the worker could not be loaded" }),
        );
        setWorker(opened);
      },
      { rootMargin: "200px" },
    );
    watcher.observe(place.current as HTMLDivElement);
    return () => {
      watcher.disconnect();
      opened?.terminate();
    };
  }, []);
  useEffect(() => {
    if (worker === undefined) return;
    const timer = setTimeout(
      () => worker.postMessage({ type: "text", text } satisfies ToGateWorker),
      typingMilliseconds,
    );
    return () => clearTimeout(timer);
  }, [worker, text]);
  const { map, step, training, problem } = study;
  const finished = step % trainingSteps === 0;
  return (
    <div className="playground" ref={place}>
      <p>
        A model of two blocks learns a small language of plays, here in the page. At each character its gates say what
        share α of the memory stays, a cell for every dimension of the keys: a faint column wipes it. In the first block
        a gate sees the character alone, in the second what came before it too. Untrained, all of them keep about 0.96.
      </p>
      <label htmlFor="gate-text">your text, up to {mostCharacters} characters</label>
      <textarea
        id="gate-text"
        rows={3}
        maxLength={mostCharacters}
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <Slider
        id="gate-block"
        label="block"
        value={block}
        min={1}
        max={map?.gates.blocks ?? 2}
        step={1}
        text={String(block)}
        onChange={setBlock}
      />
      <Slider
        id="gate-head"
        label="head"
        value={head}
        min={1}
        max={map?.gates.heads ?? 4}
        step={1}
        text={String(head)}
        onChange={setHead}
      />
      <button
        type="button"
        disabled={worker === undefined || problem !== undefined}
        onClick={() => tell({ type: training ? "pause" : "train" })}
      >
        {training
          ? "Pause"
          : !finished
            ? "Go on"
            : step === 0
              ? `Train ${trainingSteps} steps`
              : `Train ${trainingSteps} more`}
      </button>
      {map && <Columns map={map} block={block - 1} head={head - 1} />}
      <p role="status">
        {problem ?? statusOf(study)}
        {map !== undefined &&
          map.unknown.length > 0 &&
          ` The model does not know ${map.unknown.map(quoted).join(", ")}.`}
      </p>
    </div>
  );
}

function statusOf({ map, step, loss, testLoss, training }: Study): string {
  if (map === undefined) return "Loading the engine …";
  if (step === 0) return training ? "Preparing the first step …" : "Not trained yet.";
  const where = `Step ${step}, loss ${formatNumber(loss as number)} nats a character`;
  return testLoss === undefined ? `${where}.` : `${where}; ${formatNumber(testLoss)} on text it has not seen.`;
}

const quoted = (character: string): string => `“${character}”`;

/** A column a character, a cell a dimension of the keys; columns break into lines as a text does. */
function Columns({ map, block, head }: { readonly map: NonNullable<Study["map"]>; block: number; head: number }) {
  const { characters, gates } = map;
  const columns = gatesOfHead(gates, block, head);
  const kept = columns.map((alphas) => alphas.reduce((sum, alpha) => sum + alpha, 0) / alphas.length);
  const least = kept.indexOf(Math.min(...kept));
  const label =
    columns.length === 0
      ? "No character to draw"
      : `Gates of block ${block + 1}, head ${head + 1}: least is kept at ${quoted(inkOf(characters[least]))}, ${kept[least].toFixed(2)} on average`;
  return (
    <>
      <div className="gates" role="img" aria-label={label}>
        {columns.map((alphas, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the character is its place
          <span key={place} title={`${inkOf(characters[place])}  α ${kept[place].toFixed(2)} on average`}>
            <b>{inkOf(characters[place])}</b>
            {alphas.map((alpha, dimension) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the dimension is its number
              <i key={dimension} style={{ opacity: alpha.toFixed(3) }} />
            ))}
          </span>
        ))}
      </div>
      <p className="gate-scale">
        <span>α = 0, wiped</span> <span className="ramp" /> <span>1, kept</span>
      </p>
    </>
  );
}
