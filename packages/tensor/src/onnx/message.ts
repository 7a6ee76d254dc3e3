import { PbfReader, PbfWriter } from "pbf";

/** A field of a protobuf message as it stands: number, wire type (0 varint, 2 bytes, 5 four bytes) and value. */
export interface Field {
  tag: number;
  wire: number;
  value: number | Uint8Array;
}

/** The fields of a message, not looked into. */
export function readMessage(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  const pbf = new PbfReader(message);
  for (let tag = pbf.nextField(message.length); tag; tag = pbf.nextField(message.length)) {
    const wire = pbf.type;
    const value = wire === 0 ? pbf.readVarint(true) : wire === 5 ? pbf.readFixed32() : pbf.readBytes();
    fields.push({ tag, wire, value });
  }
  return fields;
}

export function writeMessage(fields: readonly Field[]): Uint8Array {
  const pbf = new PbfWriter();
  for (const { tag, wire, value } of fields) {
    if (typeof value !== "number") pbf.writeBytesField(tag, value);
    else if (wire === 5) pbf.writeFixed32Field(tag, value);
    else pbf.writeVarintField(tag, value);
  }
  return pbf.finish();
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The text of a message's first field of a number, or "". */
export function textOf(fields: readonly Field[], tag: number): string {
  const value = fields.find((field) => field.tag === tag)?.value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : "";
}

export const textField = (tag: number, text: string): Field => ({
  tag,
  wire: 2,
  value: new TextEncoder().encode(text),
});
export const numberField = (tag: number, value: number): Field => ({ tag, wire: 0, value });
