import { expect, test } from "vitest";
import { hasPostgres } from "./startup-progress.ts";

/** What the engine answers, with the words of `ps`. */
const list = (...commands: readonly string[]) =>
  JSON.stringify({
    Titles: ["UID", "PID", "CMD"],
    Processes: commands.map((command) => ["0", "7", command]),
  });

test.each([
  ["the server", "postgres -c fsync=off"],
  ["a process of the server", "postgres: checkpointer "],
  ["a server with its whole path", "/usr/lib/postgresql/18/bin/postgres -D /data"],
  ["the making of the cluster", "initdb --username=postgres"],
  ["the server for the first steps", "/usr/local/bin/pg_ctl -w start"],
])("%s is a sign of PostgreSQL", (_, command) => {
  expect(hasPostgres(list("bash /usr/local/bin/docker-entrypoint.sh", command))).toBe(true);
});

test.each([
  ["nothing at all", []],
  ["what would start it, but does not", ["bash /usr/local/bin/docker-entrypoint.sh postgres -c fsync=off"]],
  ["what is given its words", ["sh -c sleep 3600 postgres -c fsync=off", "sleep 3600"]],
  ["another server", ["pgbouncer /etc/pgbouncer.ini", "redis-server *:5432"]],
])("%s is none", (_, commands) => {
  expect(hasPostgres(list(...commands))).toBe(false);
});

test("a container that is ending, of which the engine lists nothing, is no trouble", () => {
  expect(hasPostgres('{"Titles":["UID","PID","CMD"],"Processes":null}')).toBe(false);
});
