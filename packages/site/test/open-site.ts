import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { openData } from "@paperworks/lab/open-data";
import { JobQueue } from "@paperworks/lab/queue";
import { Hono } from "hono";
import { buildPages, pagesAreBuilt } from "../src/build.ts";
import { builtClient, builtRender } from "../src/built.ts";
import type { RenderPage } from "../src/page-data.ts";
import { type FixtureSite, openFixtureSite } from "../src/server/fixture-site.ts";
import type { Mail } from "../src/server/mail/mailer.ts";
import { securityHeaders } from "../src/server/security-headers.ts";
import { annotatedSource } from "../src/source/annotated-source.ts";
import { fullPaperPage } from "./fixture-page.ts";

export interface OpenSite {
  readonly url: string;
  readonly render: RenderPage;
  readonly mails: readonly Mail[];
  readonly errors: readonly Error[];
  /** The lab's queue in the site's database. */
  queue(): Promise<JobQueue>;
  close(): Promise<void>;
}

/** The site with its built pages on the loopback interface, and a page with everything at /fixture/paper. */
export async function openSite({ serverRuns = false } = {}): Promise<OpenSite> {
  if (!pagesAreBuilt()) await buildPages();
  const { render } = (await import(builtRender)) as { render: RenderPage };
  const mails: Mail[] = [];
  let queue: Promise<JobQueue> | undefined;
  const openQueue = (): Promise<JobQueue> => {
    queue ??= JobQueue.open(site.database);
    return queue;
  };
  const site: FixtureSite = await openFixtureSite({
    ...(serverRuns ? { serverRuns: { queue: openQueue, isLocal: true }, data: await openData() } : {}),
    assets: join(builtClient, "assets"),
    render,
    sourceOf: annotatedSource,
    mailer: {
      async send(mail) {
        mails.push(mail);
      },
      async close() {},
    },
  });
  const page = await fullPaperPage();
  const app = new Hono();
  app.use("/fixture/*", securityHeaders);
  app.get("/fixture/paper", async (c) => c.html(await render(page)));
  app.get("/fixture/message", async (c) =>
    c.html(
      await render({
        kind: "message",
        status: 200,
        title: "Leave the digest?",
        text: "No more mails will come.",
        action: { url: "/unsubscribe/x", label: "Unsubscribe" },
      }),
    ),
  );
  app.get("/fixture/tone.wav", (c) => c.body(new Uint8Array(44), 200, { "content-type": "audio/wav" }));
  app.all("*", (c) => site.app.fetch(c.req.raw, c.env));
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const opened = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(opened));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    render,
    mails,
    errors: site.errors,
    queue: openQueue,
    async close() {
      await (await queue)?.close();
      await new Promise((resolve) => server.close(resolve));
      await site.close();
    },
  };
}
