import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "npx prisma migrate deploy", env: { CHECKPOINT_DISABLE: "1" } },
});
