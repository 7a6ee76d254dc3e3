export { getFeed } from "./arxiv/get-feed.ts";
export { type ImportOutcome, importPapers } from "./arxiv/import-papers.ts";
export { createSite, type RunningSite, type SiteOptions } from "./create-site.ts";
export { FeedError, MailError, ServeError } from "./errors.ts";
export { type Listening, listen } from "./listen.ts";
export { type Mailer, type MailSettings, mailSettings, smtpMailer } from "./mail/mailer.ts";
export { isLoopback } from "./request-origin.ts";
export { type Clock, SiteStore } from "./site-store.ts";
