import type { DataSource } from "@paperworks/data";
import type { Context } from "hono";
import { z } from "zod";
import { RequestProblem } from "../errors.ts";
import type { Site } from "../site.ts";

/** Names of files that mean the same, the best first: below the data folder, and nowhere else. */
const namesSchema = z
  .array(
    z
      .string()
      .max(200)
      .regex(/^\w[\w.-]*(?:\/\w[\w.-]*)*$/),
  )
  .min(1)
  .max(32);

/**
 * `GET /api/data?name=…&name=…`: the first of these files that this machine has, inflated, with its name in `x-name`; 204 for
 * none. Only for who may run papers on the server: the files are theirs.
 */
export function addDataRoutes(
  { app }: Site,
  { data, mayRun }: { data: DataSource | undefined; mayRun: (c: Context) => Promise<boolean> },
): void {
  if (data === undefined) return;
  app.get("/api/data", async (c) => {
    if (!(await mayRun(c))) throw new RequestProblem(401, "Not for all", "The files of this machine take its token.");
    const names = namesSchema.safeParse(c.req.queries("name"));
    if (!names.success) throw new RequestProblem(400, "Not understood", "name takes paths below the data folder.");
    c.header("cache-control", "private, no-cache");
    for (const name of names.data) {
      const opened = await data.open([name]);
      if (opened === undefined) continue;
      c.header("content-type", "application/octet-stream");
      c.header("x-name", name);
      return c.body(Uint8Array.from(opened.bytes));
    }
    return c.body(null, 204);
  });
}
