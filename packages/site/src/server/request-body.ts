import type { Context } from "hono";
import type { z } from "zod";
import { RequestProblem } from "./errors.ts";

/**
 * The fields of a request's body, a form's or JSON.
 * @throws RequestProblem 415 for another kind of body, 400 for one that is not what the schema says
 */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const read = schema.safeParse(await fieldsOf(c));
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0];
  const field = path.length === 0 ? "The request" : `"${path.join(".").slice(0, 40)}"`;
  throw new RequestProblem(400, "Not understood", `${field} is wrong: ${message}.`);
}

async function fieldsOf(c: Context): Promise<unknown> {
  const type = (c.req.header("content-type") ?? "").split(";")[0].trim().toLowerCase();
  const text = await readText(c);
  if (text === "") return {};
  if (type === "application/x-www-form-urlencoded") {
    const fields = new URLSearchParams(text);
    const names = [...fields.keys()];
    if (new Set(names).size < names.length) throw new RequestProblem(400, "Not understood", "A field came twice.");
    return Object.fromEntries(fields);
  }
  if (type !== "application/json") {
    throw new RequestProblem(415, "Not understood", "Send JSON (application/json) or a form.");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestProblem(400, "Not understood", "The request is no JSON.");
  }
}

async function readText(c: Context): Promise<string> {
  try {
    return await c.req.text();
  } catch (error) {
    if ((error as Error).name === "BodyLimitError") throw tooMuch();
    throw brokenOff();
  }
}

/** The visitor hung up in the middle, or never sent what was announced. */
export function brokenOff(): RequestProblem {
  return new RequestProblem(400, "Not understood", "The request broke off.");
}

/** No form here has more to say. */
export const mostBodyBytes = 16_384;

export function tooMuch(): RequestProblem {
  return new RequestProblem(413, "Too much", `A request here has at most ${mostBodyBytes} bytes.`);
}
