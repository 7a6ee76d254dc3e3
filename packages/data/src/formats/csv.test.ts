import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { parseCsv } from "./csv.ts";

const table = (text: string, names: string[] = []) =>
  parseCsv(new TextEncoder().encode(text), "t.csv", { text: names });

describe("parseCsv", () => {
  it("reads columns of numbers and of text, with quotes and a byte order mark", () => {
    const read = table('\uFEFFdate,"a, b",c\r\n"x ""y""",1.5,-2e3\r\nz,.5,+3\r\n', ["date"]);
    expect(read.columns).toEqual(["date", "a, b", "c"]);
    expect(read.rows).toBe(2);
    expect(read.text.date).toEqual(['x "y"', "z"]);
    expect([...read.numbers["a, b"]]).toEqual([1.5, 0.5]);
    expect([...read.numbers.c]).toEqual([-2000, 3]);
  });

  it("reads either line end, with or without a last one", () => {
    for (const text of ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4"]) {
      expect([...table(text).numbers.b]).toEqual([2, 4]);
    }
  });

  it("reads a single column", () => {
    expect([...table("price\n1\n2\n").numbers.price]).toEqual([1, 2]);
  });

  it("refuses a cell that is no number, naming column and row", () => {
    for (const cell of ["", "NaN", "1.5x", "0x10", "Infinity", " 1", "1e999"]) {
      expect(() => table(`a,b\n1,2\n3,${cell}\n`)).toThrow(`t.csv: "${cell}" in column "b", row 2`);
    }
  });

  it("refuses a row of another length, as a truncated file has", () => {
    expect(() => table("a,b\n1,2\n3")).toThrow("1 cells in row 2; expected 2");
    expect(() => table("a,b\n1,2,3\n")).toThrow("3 cells in row 1");
  });

  it("refuses a quote that is never closed, a missing or repeated column, and an empty file", () => {
    expect(() => table('a,b\n1,"2\n')).toThrow(DataFormatError);
    expect(() => table("a,b\n1,2\n", ["date"])).toThrow('columns a, b; expected a column "date"');
    expect(() => table("a,a\n1,2\n")).toThrow('two columns "a"');
    expect(() => table("")).toThrow("no line at all");
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(() => parseCsv(Uint8Array.of(97, 10, 0xff), "t.csv")).toThrow("not UTF-8");
  });
});
