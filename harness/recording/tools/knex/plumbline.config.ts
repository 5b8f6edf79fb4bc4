import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx knex migrate:latest", down: "npx knex migrate:down" },
});
