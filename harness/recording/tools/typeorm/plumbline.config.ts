import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx typeorm migration:run -d data-source.js", down: "npx typeorm migration:revert -d data-source.js" },
});
