import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);
const staleMilliseconds = 5000;
const mostBytes = 24_000_000;

/** A page as it goes out. */
export interface SentPage {
  readonly html: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

interface Entry {
  readonly version: string;
  readonly at: number;
  readonly page: Promise<SentPage>;
  bytes: number;
}

/** Pages for readers without a cookie, who all see the same one; the ones not asked for the longest go first. */
export class PageCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param version of everything that the page shows: another one makes it anew */
  get(key: string, version: string, make: () => Promise<string>): Promise<SentPage> {
    const kept = this.#entries.get(key);
    if (kept !== undefined) this.#drop(key, kept);
    const isGood = kept !== undefined && kept.version === version && performance.now() - kept.at < staleMilliseconds;
    const entry = isGood ? kept : { version, at: performance.now(), page: make().then(pack), bytes: 0 };
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    if (entry !== kept) this.#weigh(key, entry);
    return entry.page;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #weigh(key: string, entry: Entry): void {
    entry.page.then(
      ({ html, gzip: packed }) => {
        if (this.#entries.get(key) !== entry) return;
        entry.bytes = html.length + packed.length;
        this.#bytes += entry.bytes;
        for (const [oldest, other] of this.#entries) {
          if (this.#bytes <= mostBytes) break;
          if (other !== entry) this.#drop(oldest, other);
        }
      },
      () => {
        if (this.#entries.get(key) === entry) this.#drop(key, entry);
      },
    );
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/** A page's bytes, as they are and packed. */
export async function pack(html: string): Promise<SentPage> {
  const bytes = new TextEncoder().encode(html);
  const packed = await compress(bytes, { level: 5 });
  return { html: bytes, gzip: new Uint8Array(packed) };
}
