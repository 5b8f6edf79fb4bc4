import { defineConfig } from "pg-plumbline";

export default defineConfig({
  command: { up: "/usr/bin/python3 manage.py migrate", down: "/usr/bin/python3 manage.py migrate library zero" },
});
