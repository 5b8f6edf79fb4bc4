import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: {
    up: "/usr/bin/python3 -m alembic upgrade head",
    step: "/usr/bin/python3 -m alembic upgrade +1",
    down: "/usr/bin/python3 -m alembic downgrade -1",
  },
});
