import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What a visitor is told instead of a page, and nothing more. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: ContentfulStatusCode,
    title: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }
}

/** A feed that is not what arXiv gives, with the line where it is not. Nothing of it was taken. */
export class FeedError extends Error {
  override readonly name = "FeedError";
  readonly line: number | undefined;
  constructor(source: string, problem: string, line?: number) {
    super(`${source}${line === undefined ? "" : `, line ${line}`}: ${problem}; nothing of it was taken`);
    this.line = line;
  }
}

/** Mail cannot be sent: no server is named, or what is named is none. */
export class MailError extends Error {
  override readonly name = "MailError";
}

/** The server cannot be started. */
export class ServeError extends Error {
  override readonly name = "ServeError";
}
