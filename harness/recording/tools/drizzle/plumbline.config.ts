import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx drizzle-kit migrate" },
});
