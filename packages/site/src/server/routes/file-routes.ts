import { createReadStream, readdirSync, type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import type { Context } from "hono";
import { compress } from "hono/compress";
import { versionOf as versionOfFile } from "../cards.ts";
import { RequestProblem } from "../errors.ts";
import { mediaTypeOf, type RunFile } from "../kept-runs.ts";
import { runsOf } from "../measured.ts";
import type { Site } from "../site.ts";

const year = 31_536_000;

/** Pictures and files of runs, and the built scripts and styles. Only what a list names is given out, never a path. */
export function addFileRoutes(site: Site, assets: string | undefined): void {
  const { app } = site;

  app.get("/pictures/:slug/:name", async (c) => {
    const { slug, name } = c.req.param();
    const file = runsOf(site, slug)
      .flatMap(({ images, drawings }) => [...images.values(), ...drawings.values()])
      .find((one) => one.name === name);
    // A drawing is opened as a page of its own too, and does nothing there.
    c.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    c.header("cache-control", `public, max-age=${c.req.query("v") === undefined ? 60 : year}`);
    return sendFile(c, file);
  });

  app.get("/files/:slug/:name", async (c) => {
    const { slug, name } = c.req.param();
    const file = runsOf(site, slug)
      .flatMap(({ models, sounds }) => [...models, ...sounds.values()])
      .find((one) => one.name === name);
    if (file !== undefined && !name.endsWith(".wav"))
      c.header("content-disposition", `attachment; filename="${slug}-${name}"`);
    c.header("cache-control", "public, max-age=60");
    return sendFile(c, file);
  });

  if (assets === undefined) return;
  let built = new Map<string, string>();
  app.get("/assets/*", compress(), async (c) => {
    const path = c.req.path.slice("/assets/".length);
    if (!built.has(path)) built = listAssets(assets);
    const file = built.get(path);
    const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (file === undefined || found === undefined) throw missing();
    c.header("cache-control", `public, max-age=${year}, immutable`);
    c.header("content-type", assetTypes[extname(file)] ?? "application/octet-stream");
    return send(c, file, found);
  });
}

async function sendFile(c: Context, file: RunFile | undefined): Promise<Response> {
  const found = file === undefined ? undefined : await stat(file.path).catch(() => undefined);
  if (file === undefined || found === undefined) throw missing();
  const tag = `"${versionOfFile({ modified: found.mtimeMs, bytes: found.size })}"`;
  c.header("etag", tag);
  if (c.req.header("if-none-match") === tag) return c.body(null, 304);
  c.header("content-type", mediaTypeOf(file.name));
  return send(c, file.path, found);
}

function send(c: Context, path: string, { size }: Stats): Response {
  c.header("content-length", String(size));
  if (c.req.method === "HEAD") return c.body(null);
  return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream);
}

function missing(): RequestProblem {
  return new RequestProblem(404, "Not found", "There is no such file.");
}

/** The built files by their path below the folder. */
function listAssets(folder: string): Map<string, string> {
  try {
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const files = paths.filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile());
    return new Map(files.map((path) => [path.replaceAll("\\", "/"), join(folder, path)]));
  } catch {
    return new Map();
  }
}

const assetTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
  ".ttf": "font/ttf",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};
