import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { memoryFinder } from "../files/finder.ts";
import { DataSource } from "../source.ts";
import { cifar10 } from "./cifar10.ts";
import { mnist } from "./mnist.ts";
import { planetoid } from "./planetoid.ts";
import { series } from "./series.ts";
import { text } from "./text.ts";
import { tourLength, tsplib } from "./tsplib.ts";

const bytes = (content: string) => new TextEncoder().encode(content);
const holding = (files: Record<string, Uint8Array>) => new DataSource(memoryFinder(files));

function idxImages(count: number, fill: number): Uint8Array {
  return Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28, ...new Array(count * 784).fill(fill));
}

function idxLabels(...labels: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 8, 1, 0, 0, 0, labels.length, ...labels);
}

describe("loaders", () => {
  it("say undefined when no file is anywhere, and record nothing", async () => {
    const source = holding({});
    expect(await mnist(source)).toBeUndefined();
    expect(await cifar10(source)).toBeUndefined();
    expect(await planetoid(source, "cora")).toBeUndefined();
    expect(await text(source, "wikitext2")).toBeUndefined();
    expect(await series(source, "ETTh1")).toBeUndefined();
    expect(await tsplib(source, "berlin52")).toBeUndefined();
    expect(source.provenance).toEqual([]);
    expect(source.has("mnist")).toBe(false);
  });
});

describe("DataSource", () => {
  it("keeps one JSON record a dataset and tells generated data from real", async () => {
    const source = holding({ "tinyshakespeare.txt": bytes("words") });
    await text(source, "tinyshakespeare");
    await text(source, "tinyshakespeare");
    expect(source.generated("mnist", 7, { from: "strokeDigits, seed 0", records: 10 })).toBe(7);
    expect(JSON.parse(JSON.stringify(source.provenance))).toEqual([
      {
        dataset: "tinyshakespeare",
        origin: "folder",
        from: "memory:tinyshakespeare.txt",
        records: 5,
        note: "records are bytes",
      },
      { dataset: "mnist", origin: "generated", from: "strokeDigits, seed 0", records: 10 },
    ]);
    expect([source.has("tinyshakespeare"), source.has("mnist"), source.has("cora")]).toEqual([true, false, false]);
  });
});

describe("mnist", () => {
  const files = {
    "mnist/t10k-images-idx3-ubyte": idxImages(2, 7),
    "mnist/t10k-labels-idx1-ubyte": idxLabels(3, 9),
    "train-images-idx3-ubyte": idxImages(1, 8),
    "train-labels-idx1-ubyte": idxLabels(0),
  };

  it("reads the part asked for; all is training digits, then test digits", async () => {
    const source = holding(files);
    expect((await mnist(source))?.labels).toEqual({ data: Int32Array.of(3, 9), shape: [2] });
    expect((await mnist(source, { part: "train60k" }))?.labels.data).toEqual(Int32Array.of(0));
    const all = await mnist(source, { part: "all" });
    expect(all?.labels.data).toEqual(Int32Array.of(0, 3, 9));
    expect(all?.images.shape).toEqual([3, 28, 28]);
    expect([all?.images.data[0], all?.images.data[784]]).toEqual([8, 7]);
    expect(source.provenance).toHaveLength(1);
    expect(source.provenance[0]).toMatchObject({ records: 3, note: "all" });
  });

  it("refuses images without labels, labels of another number, and labels that are no digit", async () => {
    const { "mnist/t10k-labels-idx1-ubyte": _, ...unlabelled } = files;
    await expect(mnist(holding(unlabelled))).rejects.toThrow("its companion file is missing");
    const labelled = (labels: Uint8Array) => holding({ ...files, "mnist/t10k-labels-idx1-ubyte": labels });
    await expect(mnist(labelled(idxLabels(1)))).rejects.toThrow("1 labels; expected 2, one an image");
    await expect(mnist(labelled(idxLabels(1, 10)))).rejects.toThrow("label 10 at 1");
  });

  it("never takes a truncated or corrupt file for an absent one", async () => {
    const truncated = { ...files, "mnist/t10k-images-idx3-ubyte": idxImages(2, 7).subarray(0, 1000) };
    const source = holding(truncated);
    await expect(mnist(source)).rejects.toThrow("memory:mnist/t10k-images-idx3-ubyte: truncated at 1000 bytes");
    expect(source.has("mnist")).toBe(false);
    const gz = { ...files, "mnist/t10k-images-idx3-ubyte.gz": Uint8Array.of(0x1f, 0x8b, 8, 0, 0) };
    await expect(mnist(holding(gz))).rejects.toThrow(DataFormatError);
  });
});

describe("cifar10", () => {
  const record = (label: number) => Uint8Array.of(label, ...new Array(3072).fill(label));

  it("joins the training files that are there, and says how many", async () => {
    const source = holding({
      "cifar-10-batches-bin/data_batch_1.bin": record(1),
      "cifar-10-batches-bin/data_batch_2.bin": record(2),
      "cifar-10-batches-bin/test_batch.bin": record(3),
    });
    const { train, test } = (await cifar10(source)) as NonNullable<Awaited<ReturnType<typeof cifar10>>>;
    expect([...train.labels.data, ...test.labels.data]).toEqual([1, 2, 3]);
    expect([train.images.shape, train.images.data[3072]]).toEqual([[2, 3, 32, 32], 2]);
    expect(source.provenance[0].note).toBe("2 training (2 of 5 files) and 1 test images");
  });

  it("refuses training files without the test file", async () => {
    await expect(cifar10(holding({ "data_batch_1.bin": record(1) }))).rejects.toThrow("companion file is missing");
  });
});

describe("tsplib", () => {
  const berlin =
    "NAME: eil51\nTYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n3 0 1\n";

  it("takes the optimum from the list of solutions, else from the proven ones", async () => {
    const files = { "tsplib/eil51.tsp": bytes(berlin) };
    expect((await tsplib(holding(files), "eil51"))?.optimum).toBe(426);
    expect((await tsplib(holding({ ...files, solutions: bytes("eil51 : 9") }), "eil51"))?.optimum).toBe(9);
  });

  it("measures tours with rounded distances and refuses those that miss a city", async () => {
    const instance = (await tsplib(holding({ "eil51.tsp": bytes(berlin) }), "eil51")) as never;
    expect(tourLength(instance, [0, 1, 2])).toBe(5 + 4 + 1);
    expect(() => tourLength(instance, [0, 1, 1])).toThrow("2 different cities in 3 stops");
  });

  it("refuses a file that holds another instance", async () => {
    await expect(tsplib(holding({ "berlin52.tsp": bytes(berlin) }), "berlin52")).rejects.toThrow('instance "eil51"');
  });
});

describe("series and text", () => {
  it("keep dates and words apart from numbers", async () => {
    const weather = bytes("date,rain,weather\n2012-01-01,0.5,sun\n2012-01-02,2,rain\n");
    const read = await series(holding({ "seattle-weather.csv": weather }), "seattle-weather");
    expect(read?.variables).toEqual(["rain"]);
    expect(read?.values).toEqual({ data: Float64Array.of(0.5, 2), shape: [2, 1] });
    expect([read?.dates[1], read?.labels]).toEqual(["2012-01-02", { weather: ["sun", "rain"] }]);
  });

  it("refuse a series without rows, and a text without words", async () => {
    await expect(series(holding({ "ETTh1.csv": bytes("date,OT\n") }), "ETTh1")).rejects.toThrow("header without rows");
    await expect(text(holding({ "tinyshakespeare.txt": bytes("\n") }), "tinyshakespeare")).rejects.toThrow(
      DataFormatError,
    );
  });
});
