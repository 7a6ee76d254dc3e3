import type { Context, MiddlewareHandler } from "hono";
import { RequestProblem } from "./errors.ts";

/**
 * Lets a request that changes something through only if no other site made the visitor's browser send it. Browsers say so
 * by Sec-Fetch-Site, older ones by Origin; what sends neither is no browser and carries no cookie of a visitor.
 */
export const sameOriginOnly: MiddlewareHandler = async (c, next) => {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const isOurs =
    site !== undefined ? site === "same-origin" : origin === undefined || hostOf(origin) === hostOf(c.req.url);
  if (!isOurs) throw new RequestProblem(403, "Not from here", "This was sent by a page of another site.");
  await next();
};

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** Whether a name or address is that of this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1").replace(/^::ffff:/i, "");
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Answers only to the names it is known by. A server on this machine is asked for as localhost; a page elsewhere whose
 * name was made to lead here (DNS rebinding) asks by its own name.
 */
export function knownHosts(isKnown: (hostname: string) => boolean): MiddlewareHandler {
  return async (c, next) => {
    if (!isKnown(new URL(c.req.url).hostname)) {
      throw new RequestProblem(421, "Not this site", "This server does not answer to that name.");
    }
    await next();
  };
}

/** Whom a request comes from, for counting: an IPv4 address, or the network of an IPv6 one. */
export function addressOf(c: Context): string {
  const address = remoteAddress(c);
  if (address === undefined) return "unknown";
  const plain = address.replace(/^::ffff:/i, "");
  return plain.includes(":") ? plain.split(":").slice(0, 4).join(":") : plain;
}

/** The address at the other end of the connection; undefined where there is none, as in tests. */
export function remoteAddress(c: Context): string | undefined {
  return (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress;
}
