import crc32c from "crc-32/crc32c.js";

/**
 * One record of a TFRecord file:
 *
 *   uint64 length | uint32 masked CRC32C of those 8 bytes | the bytes | uint32 masked CRC32C of the bytes
 *
 * all little-endian. The mask keeps a checksum of data that holds checksums from being weak:
 * masked = (crc rotated right by 15 bits) + a282ead8₁₆ (mod 2³²).
 *
 * Source: TensorFlow, "TFRecord and tf.train.Example", section "TFRecords format details".
 */
export function frameRecord(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc32c(framed.subarray(0, 8)), true);
  framed.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc32c(bytes), true);
  return framed;
}

function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
