import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";

const headerBytes = 4;

/** Sends a value, dates and bytes among it, as one frame: its length, then its bytes. */
export function sendFrame(socket: Socket, value: unknown): void {
  const body = serialize(value);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(body.length);
  socket.write(Buffer.concat([header, body]));
}

/** The values that the other side sends, until it ends. A connection that breaks ends them too. */
export async function* framesOf(socket: Socket): AsyncGenerator<unknown, void, undefined> {
  let waiting: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      waiting = waiting.length === 0 ? (chunk as Buffer) : Buffer.concat([waiting, chunk as Buffer]);
      while (waiting.length >= headerBytes) {
        const end = headerBytes + waiting.readUInt32LE();
        if (waiting.length < end) break;
        yield deserialize(waiting.subarray(headerBytes, end));
        waiting = waiting.subarray(end);
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
