import type { Paper, RunResult } from "@paperworks/experiment";
import { countVerdicts } from "@paperworks/experiment";
import { claimBlock } from "./claims.ts";
import { type CurvePanels, curvesSection } from "./curve-panels.ts";
import { type Content, html, Markup } from "./html.ts";
import { formatDuration, formatEstimate, formatNumber } from "./numbers.ts";
import { document, plain, section, table, verdictBadges } from "./parts.ts";

/** What a report shows beside the result: drawn figures and images as data. */
export interface ReportMedia {
  /** SVG text by figure, or why it could not be drawn. */
  readonly figures: ReadonlyMap<
    string,
    { readonly svg: string /** For a phone. */; readonly narrow?: string } | { readonly problem: string }
  >;
  /** PNG files by image. */
  readonly images: ReadonlyMap<string, Uint8Array>;
  readonly curves: CurvePanels;
}

type ReportPaper = Pick<Paper, "title" | "authors" | "year" | "arxiv" | "summary" | "settings">;

/** A page about one run that stands alone: no script, nothing loaded from elsewhere. */
export function reportPage(result: RunResult, paper: ReportPaper, media: ReportMedia): string {
  const body = [
    heading(result, paper),
    notice(result),
    html`<h2>Claims</h2><div class="claims">${result.claims.map(claimBlock)}</div>
<p class="soft">A claim is reproduced when the whole 90 % interval (Student's t over the seeds) clears the bar, missed when none of it does, else inconclusive. Points are values, one a seed; the shaded side clears the bar.</p>`,
    curvesSection(media.curves),
    figures(result, media),
    images(result, media),
    result.tables.map((content) => section(content.name, table(content))),
    metrics(result),
    settings(result, paper),
    provenance(result),
    timings(result),
    cost(result),
    environment(result),
  ];
  return document(`${paper.title}: ${result.mode} run`, body);
}

function heading({ slug, mode, seed, seeds, seconds, times, claims }: RunResult, paper: ReportPaper): Markup {
  return html`<header><p class="soft">${slug} · ${mode} run · seed ${seed}${seeds !== null && `, ${seeds} a replicate`} · ${times.started.slice(0, 16).replace("T", " ")} UTC · ${formatDuration(seconds)}</p>
<h1>${paper.title}</h1>
<p class="soft">${paper.authors.join(", ")}${paper.authors.length > 0 && " · "}${paper.year}${
    paper.arxiv !== undefined &&
    html` · <a rel="cite" href="https://arxiv.org/abs/${paper.arxiv}">arXiv ${paper.arxiv}</a>`
  }</p>
<p>${paper.summary}</p>
<p class="head">${verdictBadges(countVerdicts(claims))}</p></header>`;
}

function notice({ status, error, mode }: RunResult): Content {
  if (status === "failed") {
    const where = error?.task ? `, in task ${error.task}, seed ${error.seed}` : "";
    return html`<div class="notice failed"><strong>This run failed${where}.</strong> ${error?.name}: ${error?.message}${
      error?.stack && html`<details><summary>where</summary><pre>${error.stack}</pre></details>`
    }</div>`;
  }
  if (status === "interrupted") {
    return html`<div class="notice"><strong>This run was interrupted.</strong> It shows what was measured until then.</div>`;
  }
  return (
    mode === "quick" && html`<div class="notice">A quick run shows that everything works; it judges nothing.</div>`
  );
}

function figures({ figures }: RunResult, media: ReportMedia): Content {
  if (figures.length === 0) return null;
  const drawn = figures.map(({ name, title, caption }) => {
    const figure = media.figures.get(name);
    const content =
      figure !== undefined && "svg" in figure
        ? adapting(figure)
        : html`<p class="notice">This figure could not be drawn: ${figure?.problem ?? "its file is missing"}</p>`;
    return html`<figure><h3>${title}</h3><div class="scroll">${content}</div>${caption !== null && html`<figcaption>${caption}</figcaption>`}</figure>`;
  });
  return section("Figures", drawn);
}

/** The wide drawing or the narrow one, as the page's width asks. */
function adapting({ svg, narrow }: { readonly svg: string; readonly narrow?: string }): Markup {
  if (narrow === undefined) return new Markup(svg);
  return html`<div class="wide">${new Markup(svg)}</div><div class="narrow">${new Markup(narrow)}</div>`;
}

function images({ images }: RunResult, media: ReportMedia): Content {
  if (images.length === 0) return null;
  const shown = images.map(({ name, width, height, caption }) => {
    const png = media.images.get(name);
    if (png === undefined) return null;
    const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
    return html`<figure><img alt="${name}" width="${width}" height="${height}" src="${source}"><figcaption>${caption ?? name}</figcaption></figure>`;
  });
  return section("Images", shown);
}

function metrics({ metrics }: RunResult): Content {
  const rows = Object.entries(metrics).map(([name, metric]) => [
    metric.timing ? `${name} (timing)` : name,
    `${formatEstimate(metric)}${metric.unit === null ? "" : ` ${metric.unit}`}`,
    metric.values.map(formatNumber).join(", "),
  ]);
  if (rows.length === 0) return null;
  return section("Other measurements", table({ columns: ["what", "mean ± 90 %", "values"], rows }));
}

function settings({ settings }: RunResult, paper: ReportPaper): Content {
  const rows = Object.entries(settings).map(([name, value]) => {
    const declared = paper.settings[name];
    const changed = declared !== undefined && declared.default !== value;
    return [name, value, changed ? `changed from ${declared.default}` : (declared?.description ?? "")];
  });
  if (rows.length === 0) return null;
  return section("Settings", table({ columns: ["setting", "value", ""], rows }));
}

function provenance({ data }: RunResult): Markup {
  if (data.length === 0) return section("Data", html`<p class="soft">This run read no dataset.</p>`);
  const rows = data.map(({ dataset, origin, from, records, note }) => [dataset, origin, from, records, note ?? ""]);
  return section("Data", table({ columns: ["dataset", "origin", "from", "records", ""], rows }));
}

/** Which claims are measurements of time, and why they may differ from those of another run. */
function timings({ claims }: RunResult): Content {
  const timed = claims.filter(({ timing }) => timing).map(({ id }) => id);
  if (timed.length === 0) return null;
  const [verb, them] = timed.length === 1 ? ["is a timing", "it"] : ["are timings", "them"];
  return html`<p class="soft">Of the claims ${timed.join(", ")} ${verb}: another machine, or this one at other work, measures ${them} otherwise. All else repeats with the same seed.</p>`;
}

function cost({ cost }: RunResult): Content {
  const rows = Object.entries(cost).flatMap(([name, figures]) =>
    Object.entries(figures).map(([what, value]) => [name, what, typeof value === "number" ? value : plain(value)]),
  );
  if (rows.length === 0) return null;
  return section("Cost", table({ columns: ["program", "what", "value"], rows }));
}

function environment({ machine, times, seconds }: RunResult): Markup {
  const rows = Object.entries(machine).map(([name, value]) => [name, plain(value)]);
  const tasks = times.tasks.map(({ task, seed, seconds, kept }) => [
    task,
    String(seed),
    formatDuration(seconds),
    kept ? "kept from before" : "",
  ]);
  return section(
    "Environment",
    table({ columns: ["machine", ""], rows: [...rows, ["time of this run", formatDuration(seconds)]] }),
    tasks.length > 0 &&
      html`<details><summary>Time of each task</summary>${table({ columns: ["task", "seed", "time", ""], rows: tasks })}</details>`,
  );
}
