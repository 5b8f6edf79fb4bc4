import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx kysely migrate:latest", down: "npx kysely migrate:down" },
});
