import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** What both builds of the pages share; `src/build.ts` says what is built to where. */
export default defineConfig({
  plugins: [react()],
  base: "/",
  publicDir: false,
  logLevel: "warn",
});
