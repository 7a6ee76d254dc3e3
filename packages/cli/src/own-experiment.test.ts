import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseJson, type RunResult } from "@paperworks/experiment";
import { afterAll, expect, test } from "vitest";
import { startCommand } from "./fixture-process.ts";

// Any folder where `@paperworks/*` resolve.
const folder = mkdtempSync(join(tmpdir(), "paperworks-own-"));
afterAll(() => rmSync(folder, { recursive: true }));
symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(folder, "node_modules"));
const result = (text: string) => parseJson(text) as RunResult;

test("the starter file runs as it is, in full and reproduced", async () => {
  expect((await startCommand(folder, ["new", "my-sine"])).stdout).toContain("paperworks run ./my-sine.ts --quick");
  const { code, stdout, stderr } = await startCommand(folder, ["run", "./my-sine.ts", "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(result(stdout)).toMatchObject({ slug: "my-sine", claims: [{ id: "fits", verdict: "reproduced" }] });
  expect(result(stdout).claims[0].values).toHaveLength(3);
});

test("in a CommonJS package the starter file is a module by its ending, and a .ts file is told what it lacks", async () => {
  const inner = join(folder, "common");
  mkdirSync(inner);
  writeFileSync(join(inner, "package.json"), '{"type": "commonjs"}');
  expect((await startCommand(inner, ["new", "my-sine"])).stdout).toContain("Wrote my-sine.mts.");
  const { code, stderr } = await startCommand(inner, ["run", "./my-sine.mts", "--quick", "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  renameSync(join(inner, "my-sine.mts"), join(inner, "my-sine.ts"));
  const refused = await startCommand(inner, ["run", "./my-sine.ts"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/it cannot be loaded: SyntaxError: .*; call it \.mts, or set "type": "module"/);
});

test("the experiment of the documentation is shown, run and reproduced by its file", async () => {
  const page = readFileSync(new URL("../../../docs/your-own-experiment.md", import.meta.url), "utf8");
  const [, code] = /```ts\n(\/\/ coin\.ts\n.*?)```/s.exec(page)!;
  mkdirSync(join(folder, "mine"));
  writeFileSync(join(folder, "mine/coin.ts"), code);
  const shown = await startCommand(folder, ["show", "mine/coin.ts"]);
  expect(shown.stdout).toContain("Run it with: paperworks run mine/coin.ts");
  const run = await startCommand(folder, ["run", "mine/coin.ts", "--set", "tosses=2000", "--json"]);
  expect([run.code, run.stderr]).toEqual([0, ""]);
  expect(result(run.stdout).settings).toEqual({ tosses: 2000 });
  const reproduced = await startCommand(folder, ["reproduce", "mine/coin.ts"]);
  expect(reproduced.code).toBe(0);
  expect(parseJson(readFileSync(join(folder, "results/coin.json"), "utf8"))).toMatchObject({
    result: { claims: [{ verdict: "reproduced" }] },
  });
});
