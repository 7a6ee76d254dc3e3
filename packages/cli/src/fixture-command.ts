/** The command with the fixture paper alone, for tests that start it as a process of its own. */
import { fixturePaper } from "@paperworks/lab/fixture-paper";
import type { PaperEntry } from "@paperworks/papers";
import { runCommand } from "./command.ts";

const { slug, family, title, year } = fixturePaper;
const papers = [{ slug, family, title, year, load: async () => ({ default: fixturePaper }) }];
process.exitCode = await runCommand(process.argv.slice(2), papers as unknown as PaperEntry[]);
