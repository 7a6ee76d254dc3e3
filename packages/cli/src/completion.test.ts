import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommand } from "./fixture-process.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bash = (() => {
  try {
    execFileSync("bash", ["-c", "true"]);
    return true;
  } catch {
    return false;
  }
})();
if (!bash) console.warn("no bash here: its completion is not tried");

describe("completion", () => {
  let script = "";
  beforeAll(async () => {
    const { code, stdout } = await startCommand(folder, ["completion", "bash"]);
    expect(code).toBe(0);
    script = stdout;
  });

  /** What bash offers behind these words; the last one is under way. */
  function offered(...words: string[]): string[] {
    const line = ["paperworks", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _paperworks; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync("bash", ["--norc", "-c", `${script}\n${ask}`], { cwd: folder, encoding: "utf8" });
    return output.split("\n").filter(Boolean);
  }

  test.skipIf(!bash)("of bash offers commands, their own commands, options, papers, and values of options", () => {
    expect(offered("rep")).toEqual(["reproduce"]);
    expect(offered("data", "")).toEqual(["fetch"]);
    expect(offered("run", "fix")).toEqual(["fixture"]);
    expect(offered("run", "fixture", "--see")).toEqual(["--seed", "--seeds"]);
    expect(offered("run", "fixture", "--device", "w")).toEqual(["wasm", "webgpu"]);
    expect(offered("reproduce", "--family", "")).toEqual(["training"]);
    expect(offered("reproduce", "--a")).toEqual(["--all"]);
    expect(offered("completion", "z")).toEqual(["zsh"]);
    expect(offered("--v")).toEqual(["--version"]);
  });

  test.each(["zsh", "fish"])("of %s names every command, the papers and their titles", async (shell) => {
    const { code, stdout } = await startCommand(folder, ["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["reproduce", "compare", "completion", "fixture", "A <fixture> & its claims", "device"]) {
      expect(stdout).toContain(word);
    }
  });

  test("of a shell that is not known is refused with those that are", async () => {
    const { code, stderr } = await startCommand(folder, ["completion", "tcsh"]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/Allowed choices are bash, zsh, fish/)]);
  });
});
