import type { RunEvent, RunMode, Settings, SettingValue } from "@paperworks/experiment";
import { formatNumber } from "@paperworks/lab/report/numbers";
import { useEffect, useReducer, useRef, useState } from "react";
import { BrowserRun } from "../run/browser-run.ts";
import type { PageDevice } from "../run/messages.ts";
import { breakRun, followRun, freshRun, type RunView } from "../run/run-view.ts";
import { ServerRun } from "../run/server-run.ts";
import { ClaimView } from "./claims-section.tsx";
import { LiveFigure } from "./live-run-figure.tsx";
import { LossPlot } from "./loss-plot.tsx";
import { SettingField } from "./setting-field.tsx";

export interface RunLiveProps {
  readonly slug: string;
  readonly settings: Settings;
  /** Whether this visitor may run on the server, and have its data files for a run here. */
  readonly serverRuns: boolean;
}

/** Where a run may go on. */
type Place = PageDevice | "server";

type Change = { readonly fresh: true } | { readonly view: (before: RunView) => RunView };

const busy = ({ status }: RunView): boolean => status === "loading" || status === "running";

/** Trains the paper's experiment in the visitor's browser: the same code as the command, in a worker. */
export function RunLive({ slug, settings, serverRuns }: RunLiveProps) {
  const [mode, setMode] = useState<RunMode>("quick");
  const [seed, setSeed] = useState(0);
  const [device, setDevice] = useState<Place>("wasm");
  const [values, setValues] = useState<Readonly<Record<string, SettingValue>>>(() =>
    Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.default])),
  );
  const [view, change] = useReducer(
    (before: RunView | null, next: Change): RunView | null =>
      "fresh" in next ? freshRun : before && next.view(before),
    null,
  );
  const [paused, setPaused] = useState(false);
  const run = useRef<BrowserRun | ServerRun>(null);
  const listener = {
    onEvent: (event: RunEvent) => change({ view: (before) => followRun(before, event) }),
    onFailure: (problem: string) => change({ view: (before) => breakRun(before, problem) }),
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is there
  useEffect(() => {
    if (serverRuns) {
      run.current = ServerRun.resume(slug, listener) ?? null;
      if (run.current !== null) {
        setDevice("server");
        change({ fresh: true });
      }
    }
    return () => run.current?.dispose();
  }, []);
  const running = view !== null && busy(view);

  function start() {
    run.current?.dispose();
    change({ fresh: true });
    setPaused(false);
    const request = { slug, mode, seed, settings: values };
    run.current =
      device === "server"
        ? ServerRun.start(request, listener)
        : new BrowserRun({ ...request, device, files: serverRuns }, listener);
  }

  function togglePause() {
    if (paused) run.current?.resume();
    else run.current?.pause();
    setPaused(!paused);
  }

  return (
    <div className="run-live">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <fieldset disabled={running}>
          <legend>Run it here</legend>
          <div className="fields">
            <div className="field">
              <label htmlFor="run-mode">How much</label>
              <select id="run-mode" value={mode} onChange={({ target }) => setMode(target.value as RunMode)}>
                <option value="quick">quick: the same path in seconds, judges nothing</option>
                <option value="full">full: everything, some minutes and more</option>
              </select>
            </div>
            <div className="field">
              <label htmlFor="run-seed">Seed</label>
              <input
                id="run-seed"
                type="number"
                min={0}
                step={1}
                value={seed}
                onChange={({ target }) => Number.isSafeInteger(target.valueAsNumber) && setSeed(target.valueAsNumber)}
              />
            </div>
            <div className="field">
              <label htmlFor="run-device">Where</label>
              <select id="run-device" value={device} onChange={({ target }) => setDevice(target.value as Place)}>
                <option value="wasm">WebAssembly, on all cores</option>
                <option value="webgpu">WebGPU</option>
                {serverRuns && <option value="server">on the server</option>}
              </select>
            </div>
            {Object.entries(settings).map(([name, setting]) => (
              <SettingField
                key={name}
                name={name}
                setting={setting}
                value={values[name]}
                onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
              />
            ))}
          </div>
        </fieldset>
        <div className="run-buttons">
          <button type="submit" className="primary" disabled={running}>
            {view === null ? "Run" : "Run again"}
          </button>
          {running && run.current?.canPause && (
            <button type="button" aria-pressed={paused} onClick={togglePause}>
              {paused ? "Go on" : "Pause"}
            </button>
          )}
          {running && (
            <button type="button" onClick={() => run.current?.stop()}>
              Stop
            </button>
          )}
        </div>
      </form>
      {view !== null && <RunProgress view={view} paused={paused} />}
    </div>
  );
}

function RunProgress({ view, paused }: { readonly view: RunView; readonly paused: boolean }) {
  const { progress, task, curves, claims, figures, log, problem } = view;
  return (
    <div className="run-progress">
      <p role="status" data-run-status={view.status}>
        {statusText(view, paused)}
      </p>
      {problem !== null && <p className="problem">{problem}</p>}
      {busy(view) && (
        <progress
          aria-label="Steps of this task"
          max={progress?.steps ?? 1}
          value={progress === null ? undefined : progress.step}
        />
      )}
      <LossPlot curves={curves} task={task?.name ?? null} />
      {claims.length > 0 && (
        <div className="report">
          {claims.map((result) => (
            <ClaimView key={result.id} row={{ claim: { ...result, needs: [] }, result }} place={`run-${result.id}`} />
          ))}
        </div>
      )}
      {figures.map((figure) => (
        <LiveFigure key={figure.name} figure={figure} />
      ))}
      {log.length > 0 && (
        <details>
          <summary>What it says ({log.length})</summary>
          <pre className="run-log">{log.join("\n")}</pre>
        </details>
      )}
    </div>
  );
}

function statusText({ status, task, progress, tasksDone, result }: RunView, paused: boolean): string {
  if (status === "loading") return "Loading the engine and the paper …";
  if (status === "running") {
    const what =
      task === null
        ? "between two tasks"
        : `${task.name}${task.count > 1 ? `, ${task.index + 1} of ${task.count}` : ""}`;
    const where = progress === null ? "" : `, step ${progress.step} of ${progress.steps}`;
    const loss = progress?.loss === undefined ? "" : `, loss ${formatNumber(progress.loss)}`;
    return `${paused ? "Paused in" : "Running"} ${what}${where}${loss}; ${tasksDone} tasks done.`;
  }
  const seconds = result === null ? "" : ` after ${result.seconds.toFixed(1)} s`;
  if (status === "finished") return `Finished${seconds}.`;
  return status === "interrupted" ? `Stopped${seconds}; what it measured is below.` : `Failed${seconds}.`;
}
