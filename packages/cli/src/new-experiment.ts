import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "./errors.ts";
import { starterExperiment } from "./starter.ts";
import type { Output } from "./terminal.ts";

/**
 * Writes `<name>.ts` here, or `<name>.mts` where a package.json makes Node take a `.ts` file for CommonJS.
 * @throws UsageError for a name that cannot be a slug, or a file that is there already
 */
export function writeStarter(output: Output, name: string, { json }: { readonly json?: boolean }): void {
  const slug = name.replace(/\.m?ts$/, "");
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(slug)) {
    throw new UsageError(
      `an experiment's name is lower-case words joined by "-", such as my-experiment, not "${name}"`,
    );
  }
  const file = `${slug}.${takesModules(process.cwd()) ? "ts" : "mts"}`;
  try {
    writeFileSync(file, starterExperiment(slug, file), { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UsageError(`${file} is there already, and was left as it is; choose another name`);
    throw new UsageError(`${file} cannot be written (${message})`, { cause: error });
  }
  if (json) {
    output.line(JSON.stringify({ file }));
    return;
  }
  output.line(`Wrote ${file}. Run it with: paperworks run ./${file} --quick`);
}

/** Whether Node reads the `.ts` files of a folder as modules without a warning: by the nearest package.json, if any. */
function takesModules(folder: string): boolean {
  try {
    const description: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return (description as { type?: unknown } | null)?.type === "module";
  } catch {
    const above = dirname(folder);
    return above === folder || takesModules(above);
  }
}
