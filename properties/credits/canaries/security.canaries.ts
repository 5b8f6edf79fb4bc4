/** Canaries in the security of the functions: rules X1 and X3. */
import { canary, replace } from "./canary.ts";

const file = "2.2-functions.sql";
const pin = " SET search_path FROM CURRENT";
const ends = `END;\n$$ LANGUAGE plpgsql SECURITY DEFINER${pin};`;
const availableEnds = `    RETURN COALESCE(available_credits, 0);\n${ends}`;
const consumeEnds = `    RETURN TRUE;\n${ends}`;

const withPath = (end: string, path: string) =>
  replace(file, end, end.replace(pin, path === "" ? "" : ` SET search_path = ${path}`));

export const securityCanaries = [
  canary(
    "X1",
    "a path does not name pg_temp, which is then searched first",
    withPath(availableEnds, "pg_catalog, public"),
  ),
  canary("X1", "pg_temp is first on the path of a function", withPath(consumeEnds, "pg_temp, pg_catalog, public")),
  canary("X3", "a function reads the first table on the caller's path", withPath(availableEnds, "")),
  canary("X3", "a function writes the first table on the caller's path", withPath(consumeEnds, "")),
];
