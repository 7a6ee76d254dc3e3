export { runCommand } from "./command.ts";
export { findPaper } from "./find-paper.ts";
