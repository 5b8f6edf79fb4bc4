import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "node migrate.js up", step: "node migrate.js up --step 1", down: "node migrate.js down" },
});
