import type { FrontPageData } from "../page-data.ts";

export type FrontQuery = Pick<FrontPageData, "query" | "sort" | "family" | "verdict" | "date">;

/** The parameters of a front page; what is as usual is left out. */
export function frontParameters({
  query,
  sort,
  family,
  verdict,
  date,
  today,
}: FrontQuery & { readonly today: string }) {
  const parameters = new URLSearchParams();
  if (query !== "") parameters.set("q", query);
  if (sort !== "trending") parameters.set("sort", sort);
  if (family !== null) parameters.set("family", family);
  if (verdict !== null) parameters.set("verdict", verdict);
  if (date !== today) parameters.set("date", date);
  return parameters;
}

/** Address of the front page with some of its choices changed. */
export function frontAddress(page: FrontPageData, changes: Partial<FrontQuery> = {}): string {
  const text = frontParameters({ ...page, ...changes }).toString();
  return text === "" ? "/" : `/?${text}`;
}
