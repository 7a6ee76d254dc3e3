/** Begins a transaction in a database that another process has, and never ends it: for a test that kills it. */
import { openDatabase } from "./database.ts";

const database = await openDatabase({ folder: process.argv[2] });
await database.transaction(async (on) => {
  await on.query("insert into notes (text) values ('never')");
  process.stdout.write("inserted\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
