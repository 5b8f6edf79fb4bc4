import { expect, test } from "vitest";
import { addressVariables, fillAddress, toolEnvironment } from "./tool-environment.ts";

const address = { host: "127.0.0.1", port: 5433, user: "me", password: "p/w @", database: "a b" };
const url = "postgresql://me:p%2Fw%20%40@127.0.0.1:5433/a%20b?sslmode=disable";

test("placeholders are filled in, and other braces are kept", () => {
  expect(fillAddress("{url} {host}:{port} {user} {password} {database} {other}", address)).toBe(
    `${url} 127.0.0.1:5433 me p/w @ a b {other}`,
  );
});

test("a tool gets the address, and no address of the caller", () => {
  const inherited = {
    PATH: "/bin",
    DATABASE_URL: "postgres://prod/app",
    PGHOST: "prod",
    PGOPTIONS: "-c role=admin",
    PGSERVICE: "prod",
    READ_URL: "postgresql+psycopg2://prod/app",
    JDBC: "jdbc:postgresql://prod/app",
    API: "https://prod/",
    PGP_KEY: "kept",
  };
  expect(toolEnvironment(inherited, { DB_PORT: "{port}", PGDATABASE: "other" }, address)).toEqual({
    PATH: "/bin",
    API: "https://prod/",
    PGP_KEY: "kept",
    DATABASE_URL: url,
    PGHOST: "127.0.0.1",
    PGPORT: "5433",
    PGUSER: "me",
    PGPASSWORD: "p/w @",
    PGDATABASE: "other",
    PGSSLMODE: "disable",
    CI: "1",
    NO_COLOR: "1",
    DB_PORT: "5433",
  });
});

test("the variables that errors name are those that are given", () => {
  expect(toolEnvironment({}, {}, address)).toMatchObject(
    Object.fromEntries(addressVariables.map((name) => [name, expect.any(String)])),
  );
});
