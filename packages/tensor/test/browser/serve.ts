import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const types: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

export interface Served {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves files from memory on the loopback interface.
 *
 * @param files    contents by path, without the first slash
 * @param isolated with the headers under which a page may share memory among threads
 */
export async function serve(
  files: ReadonlyMap<string, string | Uint8Array>,
  { isolated = true } = {},
): Promise<Served> {
  const headers = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
    : {};
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname.slice(1) || "index.html";
    const content = files.get(path);
    if (content === undefined) {
      response.writeHead(404, headers).end(`no ${path}`);
      return;
    }
    const type = types[path.split(".").pop() as string] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...headers }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
