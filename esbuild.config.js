/** What is loaded by its path is an entry point; so are the programs. All other modules become shared chunks. */
const entryPoints = [
  "harness/index.ts",
  "harness/cli.ts",
  "harness/server/**/drop.ts",
  "harness/layouts/*.layout.ts",
  "harness/mutation/operators/*.operator.ts",
  "harness/**/*.sql",
  "properties/**/*.sql",
  "properties/**/*.property.ts",
  "properties/**/world.ts",
  "properties/**/preflight.ts",
  "properties/**/recorded-rows.ts",
  "benchmarks/**/*.gate.ts",
  "benchmarks/load/measure-load.ts",
  "benchmarks/self/bench.ts",
];

/** @type {import("esbuild").BuildOptions} */
export const configuration = {
  absWorkingDir: import.meta.dirname,
  entryPoints,
  outbase: ".",
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  loader: { ".sql": "copy" },
  // Packages that read files of their own, or that may be missing.
  external: ["libpg-query", "testcontainers", "@testcontainers/postgresql", "pg-native", "tsx", "jsonc-parser"],
  // As in Node 21. Without it, pg loads all of fetch to find out whether it runs at Cloudflare.
  define: { navigator: JSON.stringify({ userAgent: "Node.js" }) },
  // Bundled CommonJS packages call require().
  banner: { js: 'import { createRequire as fromHere } from "node:module"; const require = fromHere(import.meta.url);' },
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "silent",
};
