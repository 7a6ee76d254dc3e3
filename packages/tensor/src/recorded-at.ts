import type { Node } from "./primitive.ts";

/** The line of the caller that recorded an operation: the first frame outside the engine. */
export function recordedAt({ site }: Pick<Node, "site">): string | undefined {
  const frames = site?.stack?.split("\n").slice(1) ?? [];
  const outside =
    frames.find(
      (frame) => !/packages[\\/](tensor|nn)[\\/]src[\\/]|@paperworks[\\/](tensor|nn)[\\/]|node:internal/.test(frame),
    ) ?? frames[0];
  return outside?.trim().replace(/^at /, "");
}
