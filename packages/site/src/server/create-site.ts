import type { DataSource } from "@paperworks/data";
import type { Database } from "@paperworks/lab/queue";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { RenderPage } from "../page-data.ts";
import { answerMessage } from "./answers.ts";
import { RequestProblem } from "./errors.ts";
import { KeptResults } from "./kept-results.ts";
import { KeptRuns } from "./kept-runs.ts";
import type { Mailer } from "./mail/mailer.ts";
import { PageCache } from "./page-cache.ts";
import { PaperSearch } from "./paper-search.ts";
import { plainPage } from "./plain-page.ts";
import { brokenOff, mostBodyBytes, tooMuch } from "./request-body.ts";
import { isLoopback, knownHosts } from "./request-origin.ts";
import { addDataRoutes } from "./routes/data-routes.ts";
import { addFileRoutes } from "./routes/file-routes.ts";
import { addPaperRoutes } from "./routes/paper-routes.ts";
import { addRunRoutes } from "./routes/run-routes.ts";
import { addSubscriptionRoutes } from "./routes/subscription-routes.ts";
import { securityHeaders } from "./security-headers.ts";
import { mayRun, type ServerRuns } from "./server-runs.ts";
import type { Site, SourceOf } from "./site.ts";
import { type Clock, SiteStore } from "./site-store.ts";

export interface SiteOptions {
  /** It may still be opening: pages are served meanwhile. */
  readonly database: Database | Promise<Database>;
  /** The folder of kept results, `<slug>.json` each. */
  readonly results: string;
  /** The folder of run folders. */
  readonly runs: string;
  /** The built scripts and styles, served below /assets. */
  readonly assets?: string;
  /** Pages without looks, if not given. */
  readonly render?: RenderPage;
  /** The annotated source of a paper; none, if not given. */
  readonly sourceOf?: SourceOf;
  readonly clock?: Clock;
  /** Without one nobody can subscribe. */
  readonly mailer?: Mailer;
  /** Where links in mails and feeds lead. */
  readonly siteUrl?: string;
  /** Lets papers be run on the server. */
  readonly serverRuns?: ServerRuns;
  /** Data files of this machine, for runs in the pages of who may run on it. */
  readonly data?: DataSource;
  /** Hosts that the site answers to, by name; those of this machine if not said. */
  readonly isKnownHost?: (hostname: string) => boolean;
  /** Told of what a visitor is not. */
  readonly onError?: (error: Error) => void;
}

export interface RunningSite {
  readonly app: Hono;
  readonly store: SiteStore;
  /** Ends answers that would go on, such as the events of a run. */
  close(): void;
  /** Waits for work that goes on after its answer, such as a mail on its way. */
  settle(): Promise<void>;
}

/** The site as a Hono app: its pages, its interface and its files. */
export function createSite(options: SiteOptions): RunningSite {
  const { clock = () => new Date(), onError = () => {}, render = plainPage, isKnownHost = isLoopback } = options;
  const app = new Hono();
  const store = new SiteStore(options.database, clock);
  const closing = new AbortController();
  const working = new Set<Promise<unknown>>();
  const site: Site = {
    app,
    store,
    search: new PaperSearch(store),
    results: new KeptResults(options.results),
    runs: new KeptRuns(options.runs),
    cache: new PageCache(),
    render,
    sourceOf: options.sourceOf ?? (async () => []),
    mailer: options.mailer,
    siteUrl: options.siteUrl?.replace(/\/+$/, ""),
    behind(work) {
      const done = work.catch(onError).finally(() => working.delete(done));
      working.add(done);
    },
  };

  app.use(securityHeaders);
  app.get("/healthz", (c) => c.json({ status: "ok", database: store.isReady }));
  app.use(knownHosts(isKnownHost));
  app.use(
    bodyLimit({
      maxSize: mostBodyBytes,
      onError() {
        throw tooMuch();
      },
    }),
  );
  const { serverRuns } = options;
  const may = async (c: Context) =>
    serverRuns !== undefined && mayRun(c, serverRuns, { key: () => store.cookieKey(), now: clock() });
  addPaperRoutes(site, { mayRun: may, hasToken: serverRuns?.token !== undefined });
  addDataRoutes(site, { data: options.data, mayRun: may });
  addSubscriptionRoutes(site);
  addFileRoutes(site, options.assets);
  addRunRoutes(site, serverRuns, closing.signal);
  refuseOtherMethods(app);

  app.notFound((c) =>
    answerMessage(site, c, { status: 404, title: "Not found", text: "There is nothing at this address." }),
  );
  app.onError((thrown, c) => {
    const error = (thrown as NodeJS.ErrnoException).code === "ECONNRESET" ? brokenOff() : thrown;
    if (error instanceof RequestProblem) {
      for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
      return answerMessage(site, c, { status: error.status, title: error.title, text: error.message });
    }
    onError(error);
    const text = "Something went wrong here. It has been noted; try again in a moment.";
    return answerMessage(site, c, { status: 500, title: "Not your fault", text });
  });
  return {
    app,
    store,
    close: () => closing.abort(),
    async settle() {
      while (working.size > 0) await Promise.allSettled(working);
    },
  };
}

/** A path that is there answers other methods with 405 and the ones it takes. */
function refuseOtherMethods(app: Hono): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
  }
  for (const [path, known] of methods) {
    const allow = [...known, ...(known.has("GET") ? ["HEAD"] : [])].join(", ");
    app.all(path, () => {
      throw new RequestProblem(405, "Not that way", `This address takes ${allow}.`, { allow });
    });
  }
}
