import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, describe, expect, test, vi } from "vitest";
import { buildProgram } from "./command.ts";
import { startCommand } from "./fixture-process.ts";
import { outputTo } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-help-"));
afterAll(() => rmSync(folder, { recursive: true }));

const terminal = { stdout: outputTo(process.stdout), stderr: outputTo(process.stderr) };
const program = buildProgram({ papers: [], terminal, end() {} });

function all(command: Command, path: readonly string[] = []): { path: string; command: Command }[] {
  const inner = command.commands.flatMap((child) => all(child, [...path, child.name()]));
  return [{ path: ["paperworks", ...path].join(" "), command }, ...inner];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut(written) {
      text += written;
    },
  });
  command.outputHelp();
  return text;
}

describe("help", () => {
  // A command that only holds others shows those.
  const ends = all(program).filter(({ command }) => command === program || command.commands.length === 0);
  test.each(ends.map(({ path, command }) => [path, command] as const))(
    "of %s says what it does and has an example that it understands",
    (path, command) => {
      const help = helpOf(command);
      expect(command.description()).not.toBe("");
      const [, examples = ""] = help.split(/^Examples?:$/m);
      const lines = examples.split("\n").filter((line) => line.startsWith("  "));
      expect(lines.some((line) => line.includes(path))).toBe(true);
      const known = all(command).flatMap(({ command: { options } }) => options.map(({ long }) => long));
      for (const [option] of lines
        .filter((line) => line.includes(path))
        .join("\n")
        .matchAll(/ --[a-z][a-z-]*/g)) {
        if (command !== program) expect([...known, "--help"]).toContain(option.trim());
      }
    },
  );
});

describe("colour", () => {
  const show = async (environment: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    try {
      return (await startCommand(folder, ["show", "fixture"])).stdout;
    } finally {
      vi.unstubAllEnvs();
    }
  };

  test("is there with FORCE_COLOR though the output is no terminal, and not with NO_COLOR or without either", async () => {
    const [forced, none, plain] = [await show({ FORCE_COLOR: "1" }), await show({ NO_COLOR: "1" }), await show({})];
    expect(forced).toContain("\u001b[1mClaims");
    expect(plain).not.toContain("\u001b");
    expect(none).toBe(plain);
  });
});

test("a mistyped command is told its nearest, also below another command", async () => {
  const [top, below] = [await startCommand(folder, ["comapre"]), await startCommand(folder, ["data", "fecth"])];
  expect([top.code, top.stderr]).toEqual([
    2,
    expect.stringMatching(/unknown command 'comapre' \(Did you mean compare\?\)/),
  ]);
  expect([below.code, below.stderr]).toEqual([2, expect.stringMatching(/fecth/)]);
  const dataset = await startCommand(folder, ["data", "fetch", "mnits"]);
  expect([dataset.code, dataset.stderr]).toEqual([2, expect.stringMatching(/did you mean "mnist"/)]);
});
