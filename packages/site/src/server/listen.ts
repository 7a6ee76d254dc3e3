import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { ServeError } from "./errors.ts";

export interface Listening {
  /** "http://127.0.0.1:8787". */
  readonly url: string;
  /** Takes no more requests and ends when the ones under way are answered, or after a second. */
  close(): Promise<void>;
}

/** Milliseconds for requests under way when the server ends. */
const grace = 1000;

/**
 * Serves an app.
 * @param port 0 for any that is free
 * @throws ServeError when the port is taken or not allowed
 */
export async function listen(app: Hono, { host, port }: { host: string; port: number }): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5000 },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new ServeError(describe(error, host, port))));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        const end = setTimeout(() => server.closeAllConnections(), grace);
        server.close(() => {
          clearTimeout(end);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function describe({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is taken by another program; name another one with --port`;
    case "EACCES":
      return `port ${port} may not be used; name one above 1023 with --port`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `"${host}" is no address of this machine`;
    default:
      return `nothing can be served at ${host}:${port}: ${message}`;
  }
}
