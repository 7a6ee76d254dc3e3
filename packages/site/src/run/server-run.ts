import { parseJson, type RunEvent, type RunResult } from "@paperworks/experiment";
import type { BrowserRunListener } from "./browser-run.ts";
import type { RunRequest } from "./messages.ts";

/** A run on the server, followed from this page. It goes on there when the page is left, and is found again when it comes back. */
export class ServerRun {
  readonly canPause = false;
  readonly #slug: string;
  readonly #listener: BrowserRunListener;
  #id: string | undefined;
  #events: EventSource | undefined;

  private constructor(slug: string, listener: BrowserRunListener) {
    this.#slug = slug;
    this.#listener = listener;
  }

  /** Puts the run into the server's queue. */
  static start(
    request: Pick<RunRequest, "slug" | "mode" | "seed" | "settings">,
    listener: BrowserRunListener,
  ): ServerRun {
    const { slug, mode, seed, settings } = request;
    const run = new ServerRun(slug, listener);
    void run.#ask(mode, seed, settings);
    return run;
  }

  /** The run of this paper that an earlier visit of the page began; undefined when there is none. */
  static resume(slug: string, listener: BrowserRunListener): ServerRun | undefined {
    const id = sessionStorage.getItem(keyOf(slug));
    if (id === null) return undefined;
    const run = new ServerRun(slug, listener);
    run.#follow(id);
    return run;
  }

  pause(): void {}
  resume(): void {}

  /** Takes the run out of the queue, or stops it. */
  stop(): void {
    if (this.#id !== undefined) void fetch(`/api/runs/${this.#id}/cancel`, { method: "POST" });
  }

  /** Stops to listen; the run goes on. */
  dispose(): void {
    this.#events?.close();
  }

  async #ask(mode: string, seed: number, settings: RunRequest["settings"]): Promise<void> {
    try {
      const answer = await fetch(`/api/papers/${this.#slug}/runs`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ mode, seed, settings }),
      });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      this.#follow(((await answer.json()) as { id: string }).id);
    } catch (error) {
      this.#listener.onFailure((error as Error).message);
    }
  }

  #follow(id: string): void {
    this.#id = id;
    sessionStorage.setItem(keyOf(this.#slug), id);
    const events = new EventSource(`/api/runs/${id}/events`);
    this.#events = events;
    // The browser connects again by itself, and says which event it had last.
    events.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const event = parseJson(data) as unknown as RunEvent;
      if (event.type !== "finished") this.#listener.onEvent(event);
    });
    events.addEventListener("end", ({ data }: MessageEvent<string>) => {
      events.close();
      sessionStorage.removeItem(keyOf(this.#slug));
      const { state, result } = parseJson(data) as unknown as { state: string; result: RunResult | null };
      if (result !== null) this.#listener.onEvent({ type: "finished", result });
      else this.#listener.onFailure(`the run is ${state}`);
    });
    // Also heard when the page is left: only the server's word ends the run for the next visit.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) void this.#checkThere(id);
    });
  }

  async #checkThere(id: string): Promise<void> {
    const answer = await fetch(`/api/runs/${id}`).catch(() => undefined);
    if (answer === undefined || answer.ok) return;
    sessionStorage.removeItem(keyOf(this.#slug));
    this.#listener.onFailure("the server does not know this run any more");
  }
}

const keyOf = (slug: string): string => `paperworks run ${slug}`;
