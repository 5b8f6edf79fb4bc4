import { expect, test } from "vitest";
import { HarnessError } from "../../errors.ts";
import { endpointOf, placesOf, sharesLoopback } from "./endpoint.ts";

const nowhere = { env: {}, home: "/home/me", uid: 7, properties: "" };

test("an engine that the user names is the only one that is asked", () => {
  expect(placesOf({ ...nowhere, env: { DOCKER_HOST: "tcp://far:2375" } })).toEqual({
    addresses: ["tcp://far:2375"],
    only: true,
  });
  expect(placesOf({ ...nowhere, properties: "# x\ndocker.host = unix\\:///run/own.sock \n" })).toEqual({
    addresses: ["unix:///run/own.sock"],
    only: true,
  });
});

test("without a word of the user, the sockets of Docker with and without root are tried in turn", () => {
  const { addresses, only } = placesOf({ ...nowhere, env: { DOCKER_HOST: "", XDG_RUNTIME_DIR: "/run/me" } });

  expect(only).toBe(false);
  expect(addresses.slice(0, 2)).toEqual(["unix:///var/run/docker.sock", "unix:///run/me/docker.sock"]);
  expect(addresses).toContain("unix:///run/user/7/docker.sock");
});

test.each([
  ["unix:///var/run/docker.sock", {}, { socketPath: "/var/run/docker.sock" }],
  ["unix:///with%20blank.sock", {}, { socketPath: "/with blank.sock" }],
  ["tcp://far", {}, { host: "far", port: 2375, tls: false }],
  ["tcp://far", { DOCKER_TLS_VERIFY: "1" }, { host: "far", port: 2376, tls: true }],
  ["tcp://[::1]:99", {}, { host: "::1", port: 99, tls: false }],
])("%s with %j is an address", (address, env, connection) => {
  expect(endpointOf(address, env).connection).toEqual(connection);
});

test.each(["", "nonsense", "ssh://me@far", "unix://far/docker.sock", "tcp://", "postgres://far/db"])(
  "%j is no address, and is told as such",
  (address) => expect(() => endpointOf(address, {})).toThrow(HarnessError),
);

test("a port is published to this machine alone, where it can be reached so", () => {
  const [here, far] = [endpointOf("unix:///s", {}), endpointOf("tcp://far:2375", {})];

  expect(sharesLoopback(here, false, {})).toBe(true);
  expect(sharesLoopback(here, true, {})).toBe(false);
  expect(sharesLoopback(far, false, {})).toBe(false);
  expect(sharesLoopback(here, true, { TESTCONTAINERS_HOST_OVERRIDE: "127.0.0.1" })).toBe(true);
  expect(sharesLoopback(here, false, { TESTCONTAINERS_HOST_OVERRIDE: "far" })).toBe(false);
});
