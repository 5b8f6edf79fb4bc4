import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx mikro-orm migration:up", down: "npx mikro-orm migration:down" },
});
