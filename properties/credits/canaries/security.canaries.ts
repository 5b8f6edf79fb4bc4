/** Canaries in the security of the functions: rules X1 and X3. */
import { canary, replace } from "./canary.ts";

const file = "2.2-functions.sql";
const pin = " SET search_path = pg_catalog, pg_temp";
const ends = `END;\n$$ LANGUAGE plpgsql SECURITY DEFINER${pin};`;
const availableEnds = `    RETURN COALESCE(available_credits, 0);\n${ends}`;
const availableReads = "    FROM organizations\n    WHERE id = p_organization_id;\n\n    RETURN";
const consumeEnds = `    RETURN TRUE;\n${ends}`;
const consumeWrites = "        WHEN 'sms' THEN\n            UPDATE organizations";

const withPath = (end: string, path: string) =>
  replace(file, end, end.replace(pin, path === "" ? "" : ` SET search_path = ${path}`));
const withoutSchema = (sql: string) => replace(file, sql, sql.replace("", ""));

export const securityCanaries = [
  canary(
    "X1",
    "a path does not name pg_temp, which is then searched first",
    withoutSchema(availableReads),
    withPath(availableEnds, "pg_catalog, public"),
  ),
  canary(
    "X1",
    "one branch of a function names no schema, and pg_temp is first on the path",
    withoutSchema(consumeWrites),
    withPath(consumeEnds, "pg_temp, pg_catalog, public"),
  ),
  canary(
    "X3",
    "a function reads the first table on the caller's path",
    withoutSchema(availableReads),
    withPath(availableEnds, ""),
  ),
  canary("X3", "a function uses an operator of the caller's path", withPath(consumeEnds, "")),
];
