import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DomainError, DownloadError } from "../errors.ts";
import { publishedDatasets } from "../published.ts";
import { fetchDataset } from "./fetch-dataset.ts";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251);
const sha256 = createHash("sha256").update(content).digest("hex");

/** A server that knows Range, and breaks the connection half-way as often as it is told. */
let server: Server;
let url: string;
let breaks: number;
let ranges: (string | undefined)[];
let respond: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
let cacheDir: string;

beforeEach(async () => {
  breaks = 0;
  ranges = [];
  respond = undefined;
  cacheDir = await mkdtemp(join(tmpdir(), "paperworks-cache-"));
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    if (respond !== undefined) return respond(request, response);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const rest = content.subarray(start);
    const headers: Record<string, string | number> = { "content-length": rest.length };
    if (start > 0) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (breaks === 0) return response.end(rest);
    breaks--;
    response.write(rest.subarray(0, rest.length >> 1), () => setTimeout(() => response.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cacheDir, { recursive: true });
});

const registry = (extra: object = {}) => ({
  toy: [{ url, path: "toy/file.bin", bytes: content.length, sha256, ...extra }],
});
const target = () => join(cacheDir, "toy", "file.bin");

describe("fetchDataset", () => {
  it("brings a whole file and leaves nothing else; a second call asks the server for nothing", async () => {
    const seen: number[] = [];
    const onProgress = ({ bytes }: { bytes: number }) => seen.push(bytes);
    expect(await fetchDataset("toy", { cacheDir, registry: registry(), onProgress })).toEqual([
      { path: target(), fetched: true, checksummed: true },
    ]);
    expect(new Uint8Array(await readFile(target()))).toEqual(content);
    expect(await readdir(join(cacheDir, "toy"))).toEqual(["file.bin"]);
    expect(seen.at(-1)).toBe(content.length);
    expect((await fetchDataset("toy", { cacheDir, registry: registry() }))[0].fetched).toBe(false);
    expect(ranges).toEqual([undefined]);
  });

  it("goes on where the connection broke, within one call", async () => {
    breaks = 2;
    await fetchDataset("toy", { cacheDir, registry: registry(), retries: 2 });
    expect(new Uint8Array(await readFile(target()))).toEqual(content);
    expect(ranges).toHaveLength(3);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it("keeps the part when it gives up, and a later call goes on with it", async () => {
    breaks = 1;
    const options = { cacheDir, registry: registry(), retries: 0 };
    await expect(fetchDataset("toy", options)).rejects.toThrow(/the connection broke after \d+ bytes/);
    const part = (await stat(`${target()}.part`)).size;
    expect(part).toBeGreaterThan(0);
    expect(await readdir(join(cacheDir, "toy"))).toEqual(["file.bin.part"]);
    await fetchDataset("toy", options);
    expect(ranges[1]).toBe(`bytes=${part}-`);
    expect(new Uint8Array(await readFile(target()))).toEqual(content);
  });

  it("begins again when the server ignores Range", async () => {
    breaks = 1;
    await expect(fetchDataset("toy", { cacheDir, registry: registry(), retries: 0 })).rejects.toThrow(DownloadError);
    respond = (_, response) => response.end(content);
    await fetchDataset("toy", { cacheDir, registry: registry() });
    expect(new Uint8Array(await readFile(target()))).toEqual(content);
  });

  it("throws a file of another checksum or size away, and names both", async () => {
    respond = (_, response) => response.end(content.map((byte) => byte ^ 1));
    await expect(fetchDataset("toy", { cacheDir, registry: registry() })).rejects.toThrow(`expected ${sha256}`);
    expect(await readdir(join(cacheDir, "toy"))).toEqual([]);
    respond = (_, response) => response.end(content.subarray(1));
    await expect(fetchDataset("toy", { cacheDir, registry: registry() })).rejects.toThrow(
      "299999 bytes; expected 300000 bytes",
    );
    expect(await readdir(join(cacheDir, "toy"))).toEqual([]);
  });

  it("does not join halves of a file without a checksum: it begins again", async () => {
    breaks = 1;
    await fetchDataset("toy", { cacheDir, registry: registry({ sha256: undefined }) });
    expect(ranges).toEqual([undefined, undefined]);
    expect(new Uint8Array(await readFile(target()))).toEqual(content);
  });

  it("fails at once for a missing file, with the status", async () => {
    respond = (_, response) => response.writeHead(404).end();
    await expect(fetchDataset("toy", { cacheDir, registry: registry() })).rejects.toThrow("status 404");
    expect(ranges).toHaveLength(1);
  });

  it("stops when aborted, keeping the part", async () => {
    const controller = new AbortController();
    respond = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 1000));
    };
    const onProgress = () => controller.abort();
    const run = fetchDataset("toy", { cacheDir, registry: registry(), signal: controller.signal, onProgress });
    await expect(run).rejects.toThrow(/abort/i);
    expect((await stat(`${target()}.part`)).size).toBe(1000);
    expect(ranges).toHaveLength(1);
  });

  it("unpacks the wanted members of an archive, and then needs it no more", async () => {
    const tar = createTar([
      { name: "d/one.bin", data: Uint8Array.of(1, 2) },
      { name: "d/readme", data: "text" },
    ]);
    const archive = new Uint8Array(gzipSync(tar));
    respond = (_, response) => response.end(archive);
    const packed = {
      bytes: archive.length,
      sha256: createHash("sha256").update(archive).digest("hex"),
      unpack: { "d/one.bin": "toy/one.bin" },
    };
    await fetchDataset("toy", { cacheDir, registry: registry(packed) });
    expect(await readdir(join(cacheDir, "toy"))).toEqual(["one.bin"]);
    expect(new Uint8Array(await readFile(join(cacheDir, "toy", "one.bin")))).toEqual(Uint8Array.of(1, 2));
    expect((await fetchDataset("toy", { cacheDir, registry: registry(packed) }))[0].fetched).toBe(false);
    await rm(join(cacheDir, "toy", "one.bin"));
    const wrong = registry({ ...packed, unpack: { "d/two.bin": "toy/two.bin" } });
    await expect(fetchDataset("toy", { cacheDir, registry: wrong })).rejects.toThrow("expected a member d/two.bin");
  });

  it("refuses a name that is not published and lists those that are", async () => {
    await expect(fetchDataset("mnits", { cacheDir })).rejects.toThrow(DomainError);
    await expect(fetchDataset("toString", { cacheDir })).rejects.toThrow("one of mnist, cifar10, tinyshakespeare");
  });
});

describe("publishedDatasets", () => {
  it("has a well-formed address, path, size and checksum for every file", () => {
    for (const file of Object.values(publishedDatasets).flat()) {
      expect(file.url).toMatch(/^https:\/\/\S+$/);
      expect(file.path).toMatch(/^[\w-]+\/[\w.-]+$/);
      expect(file.bytes).toBeGreaterThan(0);
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
