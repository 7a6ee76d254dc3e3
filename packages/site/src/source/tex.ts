/** Signs of doc comments and their names in TeX. */
const signs: Readonly<Record<string, string>> = {
  "·": "\\cdot ",
  "×": "\\times ",
  "÷": "\\div ",
  "⊙": "\\odot ",
  "⊕": "\\oplus ",
  "⊗": "\\otimes ",
  "∘": "\\circ ",
  "−": "-",
  "±": "\\pm ",
  "…": "\\dots ",
  "←": "\\leftarrow ",
  "→": "\\to ",
  "↦": "\\mapsto ",
  "⇒": "\\Rightarrow ",
  "≤": "\\le ",
  "≥": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "≡": "\\equiv ",
  "∝": "\\propto ",
  "≪": "\\ll ",
  "≫": "\\gg ",
  "∼": "\\sim ",
  "~": "\\sim ",
  "∈": "\\in ",
  "∉": "\\notin ",
  "⊂": "\\subset ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∂": "\\partial ",
  "∇": "\\nabla ",
  "∞": "\\infty ",
  "∫": "\\int ",
  "‖": "\\Vert ",
  "|": "\\vert ",
  "⌈": "\\lceil ",
  "⌉": "\\rceil ",
  "⌊": "\\lfloor ",
  "⌋": "\\rfloor ",
  "⟨": "\\langle ",
  "⟩": "\\rangle ",
  "′": "'",
  "″": "''",
  "∅": "\\emptyset ",
  ℓ: "\\ell ",
  "½": "\\tfrac12 ",
  "%": "\\%",
  "#": "\\#",
  "&": "\\&",
  $: "\\$",
  "\\": "\\backslash ",
  "*": "*",
};

const functions = new Set(
  "exp log ln max min sup inf arg argmax argmin tanh sinh cosh sin cos tan sign det dim rank tr diag softmax sigmoid relu ReLU var Var cov erf softplus logsumexp round floor ceil clip mod vec stack concat".split(
    " ",
  ),
);

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴺ";
const superscripted = "0123456789+-=()niabcdefghjklmoprstuvwxyzTN";
const subscripts = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ";
const subscripted = "0123456789+-=()aehijklmnoprstuvx";
const raised = new RegExp(`^[${superscripts}]+`, "u");
const lowered = new RegExp(`^[${subscripts}]+`, "u");
const accents: Readonly<Record<string, string>> = {
  "\u0302": "\\hat",
  "\u0304": "\\bar",
  "\u0303": "\\tilde",
  "\u0307": "\\dot",
};

/** Words of an equation that are language rather than names. */
const word = /^[A-Za-z][a-z]+(?:[-’'][a-z]+)*(?![\p{L}\p{M}\w(])/u;

/**
 * A formula as doc comments write it, in TeX: "o_k = Σ_{i≤k} e^{s_i} v_i" → "o_{k} = \sum _{i\le k} e^{s_{i}} v_{i}".
 * Names of several letters are set upright, known functions as operators, √(…) as a root.
 */
export function texOf(formula: string): string {
  return new Translation(formula.normalize("NFC")).sequence();
}

class Translation {
  rest: string;
  afterSpace = false;

  constructor(formula: string) {
    this.rest = formula;
  }

  /** Everything up to `close`, which is taken, or to the end. */
  sequence(close = ""): string {
    let tex = "";
    while (this.rest !== "") {
      if (close !== "" && this.rest.startsWith(close)) {
        this.take(close.length);
        return tex;
      }
      const script = /^[_^]/.exec(this.rest);
      if (script) {
        this.take(1);
        tex += `${script[0]}{${this.script()}}`;
        continue;
      }
      tex += this.atom();
    }
    return tex;
  }

  /** What a `_` or `^` applies to: a group, a parenthesis without its signs, or one name or number. */
  script(): string {
    if (this.rest.startsWith("{")) return this.group("{", "}");
    if (this.rest.startsWith("(")) return this.group("(", ")");
    const sign = /^[−+-](?=[\p{L}\d])/u.exec(this.rest);
    if (sign) {
      this.take(1);
      return `-${this.script()}`;
    }
    return this.atom();
  }

  group(open: string, close: string): string {
    this.take(open.length);
    let depth = 1;
    let at = 0;
    for (; at < this.rest.length && depth > 0; at++) {
      if (this.rest[at] === open) depth++;
      if (this.rest[at] === close) depth--;
    }
    const inside = new Translation(this.rest.slice(0, depth === 0 ? at - 1 : at));
    this.take(at);
    return inside.sequence();
  }

  atom(): string {
    const { rest } = this;
    if (rest === "") return "";
    const space = /^\s+/.exec(rest);
    if (space) {
      this.take(space[0].length);
      this.afterSpace = true;
      return " ";
    }
    const { afterSpace } = this;
    this.afterSpace = false;
    const high = raised.exec(rest);
    if (high) return `^{${this.translate(high[0], superscripts, superscripted)}}`;
    const low = lowered.exec(rest);
    if (low) return `_{${this.translate(low[0], subscripts, subscripted)}}`;
    if (rest.startsWith("√")) {
      this.take(1);
      if (this.rest.startsWith("(")) return `\\sqrt{${this.group("(", ")")}}`;
      let inside = this.atom();
      while (/^[_^]/.test(this.rest)) {
        const mark = this.rest[0];
        this.take(1);
        inside += `${mark}{${this.script()}}`;
      }
      return `\\sqrt{${inside}}`;
    }
    if (/^[ΣΠ]/.test(rest)) {
      this.take(1);
      return rest[0] === "Σ" ? "\\sum " : "\\prod ";
    }
    const number = /^\d+(?:[.,]\d+)*/.exec(rest);
    if (number) {
      this.take(number[0].length);
      return number[0].replace(/,/g, "{,}");
    }
    const accented = this.accented();
    if (accented !== undefined) return accented;
    const name = /^[A-Za-z]+/.exec(rest);
    if (name) return this.name(name[0], afterSpace);
    const character = String.fromCodePoint(rest.codePointAt(0) as number);
    this.take(character.length);
    if (character === "{" || character === "}") return `\\${character}`;
    return signs[character] ?? character;
  }

  name(name: string, afterSpace: boolean): string {
    if (functions.has(name)) {
      this.take(name.length);
      return `\\operatorname{${name}}`;
    }
    const language = word.exec(this.rest);
    if (language && language[0].length > 1 && !/^[_^]/.test(this.rest.slice(language[0].length))) {
      const text = language[0];
      this.take(text.length);
      return `${afterSpace ? "\\ " : ""}\\text{${text}}${/^\s/.test(this.rest) ? "\\ " : ""}`;
    }
    this.take(name.length);
    return name.length === 1 ? name : `\\mathrm{${name}}`;
  }

  /** Â, x̄, θ̃: a letter that carries its accent, composed or not. */
  accented(): string | undefined {
    const letter = /^\p{L}\p{M}*/u.exec(this.rest)?.[0];
    if (letter === undefined) return undefined;
    const [base, ...marks] = letter.normalize("NFD");
    if (marks.length !== 1 || accents[marks[0]] === undefined) return undefined;
    this.take(letter.length);
    return `${accents[marks[0]]}{${base}}`;
  }

  translate(text: string, from: string, to: string): string {
    this.take(text.length);
    return Array.from(text, (character) => to[from.indexOf(character)]).join("");
  }

  take(count: number): void {
    this.rest = this.rest.slice(count);
  }
}
