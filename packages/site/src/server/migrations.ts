import type { Migrations } from "@paperworks/lab/queue";

/**
 * What the site keeps beside the queue and its results:
 *
 *   site_papers       the list: when each paper joined it, and what is known of one that was imported
 *   site_votes        one row a visitor and paper
 *   site_subscribers  addresses of the digest
 *   site_tokens       hashes of the links that were mailed; the tokens themselves are in the mails alone
 *   site_digests      who was sent the digest of which day
 *   site_secrets      the key that signs cookies
 */
export const siteMigrations: Migrations = {
  table: "site_migrations",
  steps: [
    `create table paperworks.site_papers (
       slug text primary key,
       listed date not null,
       imported jsonb
     );
     create table paperworks.site_votes (
       slug text not null,
       visitor text not null,
       at timestamptz not null,
       primary key (slug, visitor)
     );
     create index site_votes_by_visitor on paperworks.site_votes (visitor);
     create table paperworks.site_subscribers (
       id bigint generated always as identity primary key,
       email text not null unique,
       state text not null check (state in ('pending', 'active', 'left')),
       created_at timestamptz not null,
       confirmed_at timestamptz,
       left_at timestamptz
     );
     create table paperworks.site_tokens (
       hash text primary key,
       subscriber bigint not null references paperworks.site_subscribers on delete cascade,
       purpose text not null check (purpose in ('confirm', 'unsubscribe')),
       created_at timestamptz not null,
       expires_at timestamptz not null,
       used_at timestamptz
     );
     create index site_tokens_by_subscriber on paperworks.site_tokens (subscriber, purpose, created_at);
     create table paperworks.site_digests (
       day date not null,
       subscriber bigint not null references paperworks.site_subscribers on delete cascade,
       claimed_at timestamptz not null,
       sent_at timestamptz,
       primary key (day, subscriber)
     );
     create table paperworks.site_secrets (
       name text primary key,
       value text not null
     );`,
  ],
};
