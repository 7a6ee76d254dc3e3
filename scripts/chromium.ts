import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The browser that tests use: the one that CHROMIUM names, or the first one in a usual place. */
export const browserPath: string | undefined = process.env.CHROMIUM ?? usual.find((path) => existsSync(path));

export const noBrowser = `no Chromium in ${usual.join(", ")}: name one with CHROMIUM; the tests in a browser are skipped`;

/** Starts it without a window and without a graphics card: WebGPU is computed by SwiftShader. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
    ],
  });
