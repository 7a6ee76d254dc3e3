import "katex/dist/katex-swap.min.css";
import "./styles/base.css";
import "./styles/forms.css";
import "./styles/front.css";
import "./styles/paper.css";
import "./styles/playground.css";
import "./styles/run.css";
import "./styles/source.css";
import { hydrateIslands } from "./islands.ts";
import { focusSearchOnSlash } from "./search-key.ts";

document.documentElement.classList.add("scripted");
focusSearchOnSlash();
void hydrateIslands();
if (document.querySelector("[data-figure]")) void import("./live-figures.ts").then((module) => module.watchFigures());
if (location.hash !== "") void import("./line-target.ts").then((module) => module.openTarget());
