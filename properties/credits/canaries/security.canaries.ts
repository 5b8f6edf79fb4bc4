/** What must not be left open: rules X1 to X3. */
import { type Canary, canary } from "./canary.ts";

const file = "2.2-functions.sql";
const pin = "$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp;";
const availableEnds = `    RETURN COALESCE(available_credits, 0);\nEND;\n${pin}`;
const availableReads = "    FROM public.organizations\n    WHERE id = p_organization_id;\n\n    RETURN";
const consumed = "        WHEN 'sms' THEN\n            UPDATE public.organizations";
const consumedEnds = `    RETURN TRUE;\nEND;\n${pin}`;
const withPath = (ending: string, path: string): string => ending.replace("pg_catalog, pg_temp", path);
const revokes = `REVOKE ALL ON FUNCTION public.plan_credits(TEXT, INTEGER) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.allocate_plan_credits(UUID, TEXT) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.get_available_credits(UUID, TEXT) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.consume_specific_credits(UUID, TEXT, INTEGER, TEXT) FROM PUBLIC;
`;
const disabling =
  "            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', feature.enabled, caller.name);\n";

export const security: readonly Canary[] = [
  canary("X1", "a function has no path of its own, though it names every table with its schema", {
    file,
    replace: availableEnds,
    by: availableEnds.replace(" SET search_path = pg_catalog, pg_temp", ""),
  }),
  canary(
    "X1",
    "a path does not name pg_temp, which is then searched first",
    { file, replace: availableReads, by: availableReads.replace("public.", "") },
    { file, replace: availableEnds, by: withPath(availableEnds, "pg_catalog, public") },
  ),
  canary(
    "X1",
    "one branch of a function names no schema, and pg_temp comes first",
    { file, replace: consumed, by: consumed.replace("public.", "") },
    { file, replace: consumedEnds, by: withPath(consumedEnds, "pg_temp, pg_catalog, public") },
  ),
  canary("X1", "a function that the document does not know has no path of its own", {
    file,
    append:
      "CREATE FUNCTION public.spent() RETURNS BIGINT LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(ai_used_credits) FROM organizations';",
  }),
  canary("X2", "the controlled rollback revokes nothing, and whoever could call a function still can", {
    file: "5.2-controlled.sql",
    replace: disabling,
    by: "            NULL;\n",
  }),
  canary("X2", "the controlled rollback forgets whom the migration has let in", {
    file: "5.2-controlled.sql",
    replace: disabling,
    by: disabling.replace(
      "            EXECUTE",
      "            CONTINUE WHEN caller.name <> 'PUBLIC';\n            EXECUTE",
    ),
  }),
  canary("X2", "the emergency rollback leaves a grant behind", {
    file: "5.1-emergency.sql",
    append: "GRANT SELECT ON public.organizations TO pg_monitor;",
  }),
  canary("X2-again", "EXECUTE is not revoked from PUBLIC", { file, replace: revokes, by: "" }),
  canary("X2-again", "one function is forgotten", {
    file,
    replace: "REVOKE ALL ON FUNCTION public.get_available_credits(UUID, TEXT) FROM PUBLIC;\n",
    by: "",
  }),
  canary(
    "X3",
    "a function reads what the caller's path finds first",
    { file, replace: availableReads, by: availableReads.replace("public.", "") },
    {
      file,
      replace: availableEnds,
      by: availableEnds.replace(" SET search_path = pg_catalog, pg_temp", ""),
    },
  ),
  canary("X3", "a function has no path of its own, so an operator of the caller's answers", {
    file,
    replace: consumedEnds,
    by: consumedEnds.replace(" SET search_path = pg_catalog, pg_temp", ""),
  }),
];
