import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: {
    up: "npx db-migrate up",
    down: "npx db-migrate down",
    env: { DATABASE_URL: "{url}" },
  },
});
