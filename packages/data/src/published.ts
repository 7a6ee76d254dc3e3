/** One published file. */
export interface PublishedFile {
  readonly url: string;
  /** Where the loaders look for it, below the cache folder. */
  readonly path: string;
  /** Its size, if known. */
  readonly bytes?: number;
  /** Its SHA-256, lower-case hexadecimal, if known; a file without one cannot be resumed or checked beyond its size. */
  readonly sha256?: string;
  /** For a `.tar.gz`: which members to keep, and where. The archive itself is not kept. */
  readonly unpack?: Readonly<Record<string, string>>;
}

const char = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data";
const examples =
  "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data";
const transformer = "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/1d16c8f4f943005d613b5bc962e9eeb06058cf07";
const salesman = "https://raw.githubusercontent.com/mastqe/tsplib/775541365dc3f7f3cd6faa8d0e206036d2c45e0e";

function digits(file: string, bytes: number, sha256: string): PublishedFile {
  return { url: `https://storage.googleapis.com/cvdf-datasets/mnist/${file}`, path: `mnist/${file}`, bytes, sha256 };
}

function instance(file: string, bytes: number, sha256: string): PublishedFile {
  return { url: `${salesman}/${file}`, path: `tsplib/${file}`, bytes, sha256 };
}

const cifar10Files = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];

/**
 * Where the datasets are published, with size and SHA-256 of each file. The Planetoid graphs are missing: they are
 * published as Python pickles only, which the loader does not read.
 */
export const publishedDatasets: Readonly<Record<string, readonly PublishedFile[]>> = {
  mnist: [
    digits("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    digits("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    digits("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    digits("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
  ],
  cifar10: [
    {
      url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      path: "cifar10/cifar-10-binary.tar.gz",
      bytes: 170052171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      unpack: Object.fromEntries(
        cifar10Files.map((file) => [`cifar-10-batches-bin/${file}.bin`, `cifar10/${file}.bin`]),
      ),
    },
  ],
  tinyshakespeare: [
    {
      url: `${char}/tinyshakespeare/input.txt`,
      path: "text/tinyshakespeare.txt",
      bytes: 1115394,
      sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    },
  ],
  wikitext2: [
    {
      url: `${examples}/wikitext-2/valid.txt`,
      path: "text/wikitext2-valid.txt",
      bytes: 1121681,
      sha256: "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
    },
  ],
  ETTh1: [
    {
      url: `${transformer}/ETT-small/ETTh1.csv`,
      path: "series/ETTh1.csv",
      bytes: 2589657,
      sha256: "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    },
  ],
  tsplib: [
    instance("a280.tsp", 3483, "3fb489af4be6d04f2e84e73ec8302c32c65e6d344187b2347685fb311416e7bf"),
    instance("berlin52.tsp", 916, "8496a5838133e3c3eb25a9fa8893b1ac302593fc8dc325350643a0cabd8abadc"),
    instance("d2103.tsp", 60007, "df39e98c45bdb377085491f5d273abde1634991a71c5b0b43f1cf65d755964b0"),
    instance("eil51.tsp", 579, "66c05ad077ffd64d5778e358bbd16be049f8c8ae880cbd24f034487331d1ccce"),
    instance("fnl4461.tsp", 98303, "bf07fbb812efbb179e573ee419b40979cd7dc56daafce0d4ee4eebcd55804241"),
    instance("kroA100.tsp", 1345, "e103100c1cf31dfc06be95a9d04011b5a8753bb65a3339594ca34404e574bdf5"),
    instance("pcb3038.tsp", 87139, "25081ac540357ec34935a4b366f32e58b0d605565b888f876211769ec972b87a"),
    instance("pcb442.tsp", 12414, "0f58bc2f1aa0023764ebc14b3b0dcb6e765ffe173963fdc1cb8443d969842b51"),
    instance("pr1002.tsp", 14744, "2211b491e3b8c6ad087d58ead2a8480f9b1bb006fc4b9a245fc594cedd2ee8a7"),
    instance("rat783.tsp", 9739, "b9535dc5e44549f613bf6e34ee8667eed6f7a13e6b74c0b0451de95a480cabde"),
    instance("rl5915.tsp", 170553, "f0a3d2f8ea18e53b1428bab2ad5dd976b887101063371aae092a2ead20eaa899"),
    instance("tsp225.tsp", 4174, "3d356ab7c1a724cd1e05e0809cf2db11932c3bc8f54f6124e02c2b6c7f5fd901"),
    instance("u1060.tsp", 29768, "b650149d3662588d39be22024c04b68df2957c0c7ab2a351ef84b30e780505c0"),
    instance("solutions", 1655, "d6fa81c754f9b559bfbf19121c577d06aa3da195142d16d5fc2a14569f9be47c"),
  ],
};
