/** The command with the fixture paper alone, for tests that start it as a process of its own. */
import { fileURLToPath } from "node:url";
import { fixturePaper } from "@paperworks/lab/fixture-paper";
import { runCommand } from "./command.ts";
import type { ListedPaper } from "./find-paper.ts";

const { slug, family, title, year } = fixturePaper;
const file = fileURLToPath(import.meta.resolve("@paperworks/lab/fixture-paper"));
const papers = [{ slug, family, title, year, file, load: async () => ({ default: fixturePaper }) }];
// Somebody may change the sources between two commands of a test.
const sources = { commit: null, changed: false, fingerprint: "of the fixture" };
process.exitCode = await runCommand(process.argv.slice(2), papers as unknown as ListedPaper[], { sources });
