export { type Database, type DatabaseOptions, openDatabase, type Queryable, type Row } from "./database.ts";
export { ClaimLostError, DatabaseError, JobError } from "./errors.ts";
export { type ExportedFiles, exportResults } from "./export-results.ts";
export type { Claim, Job, JobRequest, JobState } from "./job.ts";
export { JobQueue, type StoredResult } from "./job-queue.ts";
export { fromJsonb, jsonbText } from "./jsonb.ts";
export { type Migrations, migrate } from "./migrations.ts";
export { type WorkerEvent, type WorkerOptions, work } from "./worker.ts";
