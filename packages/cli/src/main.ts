#!/usr/bin/env node
import { papers } from "@paperworks/papers";
import { runCommand } from "./command.ts";

// A reader that has seen enough, such as `paperworks list | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.exitCode = await runCommand(process.argv.slice(2), papers);
