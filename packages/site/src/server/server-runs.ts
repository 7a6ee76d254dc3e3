import type { JobQueue } from "@paperworks/lab/queue";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { isLoopback, remoteAddress } from "./request-origin.ts";
import { hashToken, sameText, sign, unsign } from "./secrets.ts";

/** What "Run on the server" needs. */
export interface ServerRuns {
  readonly queue: () => Promise<JobQueue>;
  /** Whether visitors of this machine may run without a token: only where the server answers to no other. */
  readonly isLocal: boolean;
  /** Opens it to who has the token. */
  readonly token?: string;
}

const cookieName = "signed-in";
const monthSeconds = 30 * 86_400;

/**
 * Whether this visitor may run papers on the server: with the token, as "Authorization: Bearer …" or by the cookie of a
 * sign-in, or from this machine where nothing stands between (a proxy on this machine speaks for others).
 */
export async function mayRun(
  c: Context,
  { isLocal, token }: ServerRuns,
  { key, now }: { key: () => Promise<string>; now: Date },
): Promise<boolean> {
  if (isLocal && !isForwarded(c) && isLoopback(remoteAddress(c) ?? "")) return true;
  if (token === undefined) return false;
  const bearer = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) return sameText(bearer, token);
  const cookie = getCookie(c, cookieName);
  if (cookie === undefined) return false;
  const until = unsign(cookie, purposeOf(token), await key());
  return until !== undefined && Number(until) > now.getTime();
}

/** Gives a visitor who has the token a cookie for a month; another token ends it. */
export function signIn(c: Context, token: string, key: string, now: Date): void {
  setCookie(c, cookieName, sign(String(now.getTime() + monthSeconds * 1000), purposeOf(token), key), {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    maxAge: monthSeconds,
    secure: new URL(c.req.url).protocol === "https:",
  });
}

function purposeOf(token: string): string {
  return `${cookieName} ${hashToken(token)}`;
}

function isForwarded(c: Context): boolean {
  return ["forwarded", "x-forwarded-for", "via", "x-real-ip"].some((name) => c.req.header(name) !== undefined);
}
