import { And, AtMost, type Constraint, Divisible, Equal, Or } from "./constraints.ts";
import { limit } from "./integer-set.ts";
import { Product, Sum } from "./pair-terms.ts";
import { Power } from "./power-term.ts";
import { Constant, Name, type Term } from "./terms.ts";
import { ConstraintSyntaxError, type Token, tokensOf } from "./tokens.ts";

class Parser {
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlySet<string> | undefined;
  #at = 0;

  constructor(tokens: readonly Token[], names: ReadonlySet<string> | undefined) {
    this.#tokens = tokens;
    this.#names = names;
  }

  /** line { ";" line } [ ";" ] up to the closing bracket or the end */
  all(): Constraint {
    const parts = [this.#choice()];
    while (this.#take(";")) if (!this.#ends()) parts.push(this.#choice());
    return parts.length === 1 ? parts[0] : new And(parts);
  }

  end(): void {
    if (this.#next.kind !== "end") this.#fail(`expected ";", "|" or the end`);
  }

  get #next(): Token {
    return this.#tokens[this.#at];
  }

  #ends(): boolean {
    return this.#next.kind === "end" || this.#next.text === ")";
  }

  #take(text: string): boolean {
    if (this.#next.kind !== "sign" || this.#next.text !== text) return false;
    this.#at++;
    return true;
  }

  #fail(expected: string): never {
    const { text, kind } = this.#next;
    throw new ConstraintSyntaxError(`${expected}, got ${kind === "end" ? "the end" : `"${text}"`}`, this.#next);
  }

  /** constraint { "|" constraint } */
  #choice(): Constraint {
    const branches = [this.#constraint()];
    while (this.#take("|")) branches.push(this.#constraint());
    return branches.length === 1 ? branches[0] : new Or(branches);
  }

  /** A comparison, or constraints in brackets: a bracket may open either, so the terms are tried first. */
  #constraint(): Constraint {
    if (this.#next.text !== "(") return this.#comparison();
    const start = this.#at;
    try {
      return this.#comparison();
    } catch (error) {
      const reached = this.#at;
      this.#at = start + 1;
      try {
        const inside = this.all();
        if (!this.#take(")")) this.#fail(`expected ")"`);
        return inside;
      } catch (other) {
        throw reached > this.#at ? error : other;
      }
    }
  }

  /** term ("==" | "<=") term, or term "%" term "==" 0 */
  #comparison(): Constraint {
    const left = this.#term();
    if (this.#take("==")) return new Equal(left, this.#term());
    if (this.#take("<=")) return new AtMost(left, this.#term());
    if (!this.#take("%")) this.#fail(`expected "==", "<=" or "%"`);
    const divisor = this.#term();
    if (!this.#take("==") || this.#next.text !== "0") this.#fail(`expected "== 0" after a remainder`);
    this.#at++;
    return new Divisible(left, divisor);
  }

  /** product { "+" product } */
  #term(): Term {
    let term = this.#product();
    while (this.#take("+")) term = new Sum(term, this.#product());
    return term;
  }

  /** power { "*" power } */
  #product(): Term {
    let term = this.#power();
    while (this.#take("*")) term = new Product(term, this.#power());
    return term;
  }

  /** atom [ "^" integer ] */
  #power(): Term {
    const base = this.#atom();
    return this.#take("^") ? new Power(base, this.#number()) : base;
  }

  /** A name, a number, a list or a term in brackets. */
  #atom(): Term {
    if (this.#take("(")) {
      const inside = this.#term();
      if (!this.#take(")")) this.#fail(`expected ")"`);
      return inside;
    }
    if (this.#take("[")) return this.#list();
    const token = this.#next;
    if (token.kind === "number") return new Constant([this.#number()]);
    if (token.kind !== "name") this.#fail("expected a name, a whole number, a list or a bracket");
    if (this.#names && !this.#names.has(token.text))
      throw new ConstraintSyntaxError(
        `there is no variable "${token.text}"; expected ${[...this.#names].join(", ")}`,
        token,
      );
    this.#at++;
    return new Name({ name: token.text, line: token.line, column: token.column });
  }

  /** number { "," number } "]" */
  #list(): Term {
    if (this.#next.text === "]") this.#fail("a list needs at least one number");
    const values = [this.#number()];
    while (this.#take(",")) values.push(this.#number());
    if (!this.#take("]")) this.#fail(`expected "," or "]"`);
    return new Constant(values);
  }

  #number(): number {
    const token = this.#next;
    if (token.kind !== "number") this.#fail("expected a whole number");
    const value = Number(token.text);
    if (value > limit) throw new ConstraintSyntaxError(`${token.text} is above the limit of 2^30`, token);
    this.#at++;
    return value;
  }
}

/**
 * Reads constraints on whole numbers.
 *
 *   TILE == [4, 8] * LANES;          # a list is a choice
 *   DIM % TILE == 0;
 *   4 * DIM^2 <= L2 | HEADS == 1;    # one or the other
 *
 * `;` joins what must hold together, `|` (which binds tighter) what one of must hold; round brackets group both constraints
 * and terms. Terms are made of names, whole numbers, lists, `+`, `*` and `^` with a number.
 *
 * @param names the variables there are; any name when absent
 * @throws ConstraintSyntaxError with line and column for anything else: an unknown name, an empty list, `/`, `-`
 */
export function parseConstraints(text: string, names?: Iterable<string>): Constraint {
  const parser = new Parser(tokensOf(text), names && new Set(names));
  const constraint = parser.all();
  parser.end();
  return constraint;
}
