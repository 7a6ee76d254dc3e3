import { PbfWriter } from "pbf";

/** What TensorBoard shows: a number or a picture under a tag, or the beginning of a file or of an attempt. */
export type TensorBoardEvent = { readonly seconds: number; readonly step: number } & (
  | { readonly type: "version" }
  /** From this step on, what was written before counts no more. */
  | { readonly type: "begin" }
  | { readonly type: "scalar"; readonly tag: string; readonly value: number }
  | {
      readonly type: "image";
      readonly tag: string;
      readonly width: number;
      readonly height: number;
      readonly channels: number;
      readonly png: Uint8Array;
    }
);

/**
 * The protobuf message `Event`: double wall_time = 1, int64 step = 2, and one of
 *
 *   string file_version = 3     Summary summary = 5 (repeated Value value = 1)     SessionLog session_log = 7 (status = 1)
 *
 * where a Value is string tag = 1 with float simple_value = 2 or Image image = 4, and an Image is int32 height = 1,
 * width = 2, colorspace = 3 (the number of channels) and bytes encoded_image_string = 4.
 *
 * Source: TensorFlow, tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
 */
export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  const message = new PbfWriter();
  message.writeDoubleField(1, event.seconds);
  message.writeVarintField(2, event.step);
  if (event.type === "version") message.writeStringField(3, "brain.Event:2");
  else if (event.type === "begin") message.writeBytesField(7, sessionStart());
  else message.writeBytesField(5, encodeSummary(event));
  return message.finish();
}

function encodeSummary(event: Extract<TensorBoardEvent, { type: "scalar" | "image" }>): Uint8Array {
  const value = new PbfWriter();
  value.writeStringField(1, event.tag);
  if (event.type === "scalar") value.writeFloatField(2, event.value);
  else {
    const image = new PbfWriter();
    image.writeVarintField(1, event.height);
    image.writeVarintField(2, event.width);
    image.writeVarintField(3, event.channels);
    image.writeBytesField(4, event.png);
    value.writeBytesField(4, image.finish());
  }
  const summary = new PbfWriter();
  summary.writeBytesField(1, value.finish());
  return summary.finish();
}

function sessionStart(): Uint8Array {
  const log = new PbfWriter();
  log.writeVarintField(1, 1);
  return log.finish();
}
