import type { Setting, Settings } from "@paperworks/experiment";
import { Island } from "./island.tsx";
import { RunLive } from "./run-live.tsx";

export interface RunPanelProps {
  readonly slug: string;
  readonly settings: Settings;
  /** Whether this visitor may run on the server. */
  readonly serverRuns: boolean;
  /** Whether signing in would let them. */
  readonly canSignIn: boolean;
}

/** How the paper's experiment is run, and the settings that it declares. */
export function RunPanel({ slug, settings, serverRuns, canSignIn }: RunPanelProps) {
  const declared = Object.entries(settings);
  return (
    <div className="run-panel">
      <p>
        On a command line, <code>npx paperworks run {slug}</code> runs this experiment to its verdict in a few minutes;{" "}
        <code>--quick</code> tries everything in seconds.
      </p>
      {declared.length === 0 ? (
        <p className="soft">It declares no settings beside its seed.</p>
      ) : (
        <dl className="settings">
          {declared.map(([name, setting]) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <b>{String(setting.default)}</b> <span className="soft">{rangeOf(setting)}</span>
                {setting.description && <p className="soft">{setting.description}</p>}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {canSignIn && (
        <p className="soft">
          It runs on this server too, for who has its token: <a href="/sign-in">sign in</a>.
        </p>
      )}
      <Island name="run" component={RunLive} props={{ slug, settings, serverRuns }} />
    </div>
  );
}

function rangeOf({ min, max, log, integer, choices }: Setting): string {
  if (choices !== undefined) return `one of ${choices.map(String).join(", ")}`;
  if (min === undefined || max === undefined) return "";
  return `${min} … ${max}${log ? ", logarithmic" : ""}${integer ? ", whole numbers" : ""}`;
}
