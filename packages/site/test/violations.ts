import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page for readers who do not see it or do not use a mouse. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const checker = (globalThis as unknown as { axe: typeof import("axe-core") }).axe;
    const found = await checker.run(document, { resultTypes: ["violations"] });
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html, any }) => `${html.slice(0, 160)} (${any.map(({ message }) => message).join("; ")})`)
          .join(" | ")
          .slice(0, 600)}`,
    );
  });
}
