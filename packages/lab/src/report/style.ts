/** The report's looks: one column that fits a phone, the reader's light or dark. */
export const style = `
:root { color-scheme: light dark; --text: #1d2327; --soft: #5b6770; --line: #d7dde2; --page: #ffffff; --panel: #f5f7f9;
  --reproduced: #1a7f4b; --missed: #b3352b; --inconclusive: #96690a; --unjudged: #66727b; --accent: #2463b5; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e9ed; --soft: #a0acb5; --line: #38424a; --page: #14191d;
  --panel: #1c2328; --reproduced: #5cc88d; --missed: #f0857b; --inconclusive: #e0b04e; --unjudged: #9aa6ae;
  --accent: #82b3f2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); padding-bottom: 0.25rem; }
h3 { font-size: 1rem; margin: 0; }
a { color: var(--accent); }
.soft, figcaption, caption { color: var(--soft); font-size: 0.9rem; }
.notice { background: var(--panel); border-left: 4px solid var(--inconclusive); padding: 0.6rem 0.8rem; margin: 1rem 0; }
.notice.failed { border-color: var(--missed); }
.claims { display: grid; gap: 0.75rem; }
.claim { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem;
  display: grid; gap: 0.25rem 1.25rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 46rem) { .claim { grid-template-columns: minmax(0, 1fr) 22rem; } }
.claim .whole { grid-column: 1 / -1; }
@media (min-width: 46rem) { .whole ~ div { grid-column: auto; } .claim:has(.whole) { grid-template-columns: 1fr 1fr; } }
.claim p { margin: 0.15rem 0; }
.head { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: baseline; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 0.6rem; font-size: 0.85rem; font-weight: 600; }
.badge.reproduced { color: var(--reproduced); } .badge.missed { color: var(--missed); }
.badge.inconclusive { color: var(--inconclusive); } .badge.not-judged { color: var(--unjudged); }
.badge.timing { color: var(--soft); font-weight: 400; }
.numbers { font-variant-numeric: tabular-nums; }
.strip { width: 100%; height: auto; display: block; }
.strip .clears { fill: var(--reproduced); opacity: 0.14; } .strip .axis { stroke: var(--line); }
.strip .bar { stroke: var(--reproduced); stroke-dasharray: 3 3; }
.strip .bar-label { fill: var(--soft); font-size: 13px; } .strip .interval { stroke: var(--text); stroke-width: 2; }
.strip .mean { stroke: var(--text); stroke-width: 2; } .strip .seed { fill: var(--accent); opacity: 0.8; }
figure { margin: 1rem 0; } figure svg, figure img { max-width: 100%; height: auto; }
figure img { image-rendering: pixelated; min-width: 8rem; }
.narrow { display: none; }
@media (max-width: 30rem) { .wide { display: none; } .narrow { display: block; } }
.panels { display: grid; gap: 0.75rem 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.swatch { display: inline-block; width: 1.2rem; height: 0.3rem; margin-right: 0.4rem; vertical-align: middle; }
.panel { margin: 0; min-width: 0; }
summary { cursor: pointer; color: var(--accent); padding: 0.25rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; } th { white-space: nowrap; } td { overflow-wrap: break-word; } th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.75rem 0.25rem 0;
  text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; font-size: 0.85rem; margin: 0.5rem 0 0; }
`;
