import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { sign, unsign } from "./secrets.ts";

const cookieName = "visitor";
const year = 31_536_000;

/** The number that a visitor's cookie carries; undefined without a cookie that we signed. */
export function visitorOf(c: Context, key: string): string | undefined {
  const cookie = getCookie(c, cookieName);
  if (cookie === undefined || cookie.length > 200) return undefined;
  return unsign(cookie, cookieName, key);
}

/** Gives a visitor a number; only voting does, so that readers carry no cookie. */
export function welcomeVisitor(c: Context, key: string): string {
  const visitor = randomBytes(16).toString("base64url");
  setCookie(c, cookieName, sign(visitor, cookieName, key), {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    maxAge: year,
    secure: new URL(c.req.url).protocol === "https:",
  });
  return visitor;
}
