import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Database } from "@paperworks/lab/queue";

/** A text that nobody guesses: 256 random bits, fit for an address. */
export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a token, so that a copy of the database opens nothing. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether two texts are the same, in a time that does not tell how far they agree. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

/** The key that signs cookies, made once in each database. */
export async function signingKey(database: Database): Promise<string> {
  const name = "cookies";
  await database.query("insert into paperworks.site_secrets (name, value) values ($1, $2) on conflict do nothing", [
    name,
    randomToken(),
  ]);
  const [{ value }] = await database.query<{ value: string }>(
    "select value from paperworks.site_secrets where name = $1",
    [name],
  );
  return value;
}

/** A value with its signature behind it: "value.signature". */
export function sign(value: string, purpose: string, key: string): string {
  return `${value}.${signature(value, purpose, key)}`;
}

/** The value of a signed text; undefined when the signature is not ours, or was given for another purpose. */
export function unsign(signed: string, purpose: string, key: string): string | undefined {
  const dot = signed.lastIndexOf(".");
  if (dot < 1) return undefined;
  const value = signed.slice(0, dot);
  return sameText(signed.slice(dot + 1), signature(value, purpose, key)) ? value : undefined;
}

function signature(value: string, purpose: string, key: string): string {
  return createHmac("sha256", key).update(`${purpose}\n${value}`).digest("base64url");
}
