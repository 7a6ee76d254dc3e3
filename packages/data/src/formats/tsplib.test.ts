import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { parseTsplib, parseTsplibSolutions } from "./tsplib.ts";

const square = `NAME : square4
TYPE : TSP
COMMENT : four corners
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1.0e+01 0
 3 10 10
4 0 10
EOF
`;
const parse = (text: string) => parseTsplib(new TextEncoder().encode(text), "square4.tsp");

describe("parseTsplib", () => {
  it("reads name, comment and coordinates, with spaces and exponents as files have them", () => {
    const instance = parse(square);
    expect([instance.name, instance.comment]).toEqual(["square4", "four corners"]);
    expect(instance.coordinates).toEqual({ data: Float64Array.of(0, 0, 10, 0, 10, 10, 0, 10), shape: [4, 2] });
  });

  it("refuses a truncated file with the number of cities", () => {
    expect(() => parse(square.slice(0, square.indexOf("4 0 10")))).toThrow("3 cities; expected 4, the DIMENSION");
    expect(() => parse(square.slice(0, square.indexOf("NODE")))).toThrow("no NODE_COORD_SECTION");
  });

  it("refuses other distances, other types, repeated cities, words for numbers, and text after EOF", () => {
    expect(() => parse(square.replace("EUC_2D", "GEO"))).toThrow('EDGE_WEIGHT_TYPE "GEO"; expected "EUC_2D"');
    expect(() => parse(square.replace(": TSP", ": ATSP"))).toThrow(DataFormatError);
    expect(() => parse(square.replace("4 0 10", "3 0 10"))).toThrow("city 3 in line 10");
    expect(() => parse(square.replace("4 0 10", "4 x 10"))).toThrow('line 10 "4 x 10"');
    expect(() => parse(square.replace("4 0 10", "4 0"))).toThrow('line 10 "4 0"');
    expect(() => parse(square.replace("DIMENSION : 4", "DIMENSION : four"))).toThrow('DIMENSION "four"');
    expect(() => parse(`${square}1 2 3\n`)).toThrow('"1 2 3" after EOF');
  });
});

describe("parseTsplibSolutions", () => {
  it("reads lengths and remarks, and refuses other lines", () => {
    const read = (text: string) => parseTsplibSolutions(new TextEncoder().encode(text), "solutions");
    expect(read("a280 : 2579\ndsj1000 : 18660188 (CEIL_2D)\n").get("dsj1000")).toBe(18660188);
    expect(() => read("a280 2579\n")).toThrow('line 1 "a280 2579"');
  });
});
