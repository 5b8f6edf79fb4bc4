import { expect, test } from "vitest";
import { parseStartupSettings } from "./startup-settings.ts";

test("settings are read from the parameters and from the options before them", () => {
  expect(
    parseStartupSettings({
      options: "-c search_path=a,b --time-zone=UTC  -cwork_mem=1MB -c application_name=x\\ y\\\\z -c DateStyle=ISO",
      DateStyle: "German",
      "_pq_.future": "1",
    }),
  ).toEqual({
    search_path: "a,b",
    time_zone: "UTC",
    work_mem: "1MB",
    application_name: "x y\\z",
    DateStyle: "German",
  });
  expect(parseStartupSettings({})).toEqual({});
  expect(parseStartupSettings({ options: " " })).toEqual({});
});

test.each([{ options: "-d 5" }, { options: "-c" }, { replication: "database" }])(
  "%j cannot be recorded",
  (parameters) => {
    expect(() => parseStartupSettings(parameters)).toThrow(/it (begins with the option|opens a session)/);
  },
);
