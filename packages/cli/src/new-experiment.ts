import { writeFileSync } from "node:fs";
import { UsageError } from "./errors.ts";
import { starterExperiment } from "./starter.ts";
import type { Output } from "./terminal.ts";

/**
 * Writes `<name>.ts` here.
 * @throws UsageError for a name that cannot be a slug, or a file that is there already
 */
export function writeStarter(output: Output, name: string, { json }: { readonly json?: boolean }): void {
  const slug = name.replace(/\.ts$/, "");
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(slug)) {
    throw new UsageError(
      `an experiment's name is lower-case words joined by "-", such as my-experiment, not "${name}"`,
    );
  }
  const file = `${slug}.ts`;
  try {
    writeFileSync(file, starterExperiment(slug), { flag: "wx" });
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
