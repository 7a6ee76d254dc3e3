import { UsageError } from "../errors.ts";

/** Where the site is for its visitors, without a slash at the end; undefined when nothing says so. */
export function siteUrlOf({ SITE_URL: url }: Readonly<Record<string, string | undefined>>): string | undefined {
  if (url === undefined || url === "") return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || /[?#]/.test(url)) {
    throw new UsageError(`SITE_URL is no address such as https://papers.example.org: "${url}"`);
  }
  return url.replace(/\/+$/, "");
}
