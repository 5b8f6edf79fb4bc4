/** What the controlled rollback must not do: rules R5, R6 and R8. */
import { type Canary, canary } from "./canary.ts";

const file = "5.2-controlled.sql";
const marker = "rollback_marker TIMESTAMP;";
const set = "    SET rollback_marker = NOW()\n";
const unmarked = "    AND rollback_marker IS NULL\n";

export const controlled: readonly Canary[] = [
  canary("R5", "a number is lost", {
    file,
    replace: set,
    by: "    SET rollback_marker = NOW(), sms_credits = 0\n",
  }),
  canary("R5", "a function stays callable", {
    file,
    replace: "            ('get_available_credits', 'uuid, text'),\n",
    by: "",
  }),
  canary("R5", "functions refuse, but are still there", {
    file,
    replace:
      "EXECUTE format('ALTER FUNCTION %s RENAME TO %I', feature.enabled, feature.name || '_disabled');",
    by: "EXECUTE format('ALTER FUNCTION %s RESET ALL', feature.enabled);",
  }),
  canary("R5", "organizations are logged that were never migrated", {
    file,
    replace: "    WHERE credits_allocated_at IS NOT NULL\n    AND",
    by: "    WHERE",
  }),
  canary("R5", "nothing is logged", { file, replace: "FROM marked;", by: "FROM marked WHERE FALSE;" }),
  canary("R5", "it fails where there are no functions yet", {
    file,
    replace: "        CONTINUE WHEN feature.enabled IS NULL;\n",
    by: "        ASSERT feature.enabled IS NOT NULL;\n",
  }),
  canary("R5", "it fails where somebody but the owner may call a function", {
    file,
    replace: "WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::REGROLE::TEXT END",
    by: "WHEN 0 THEN 'PUBLIC' END",
  }),
  canary("R5-blocked", "what cannot be disabled is left as it is", {
    file,
    replace: "    END LOOP;\nEND $disable$;",
    by: "    END LOOP;\nEXCEPTION WHEN OTHERS THEN\n    NULL;\nEND $disable$;",
  }),
  canary("R5-again", "organizations that are created later are marked", {
    file,
    replace: marker,
    by: "rollback_marker TIMESTAMP DEFAULT NOW();",
  }),
  canary("R5-again", "each run logs again", { file, replace: unmarked, by: "" }),
  canary("R5-again", "the marker cannot be added twice", {
    file,
    replace: "ADD COLUMN IF NOT EXISTS rollback_marker",
    by: "ADD COLUMN rollback_marker",
  }),
  canary("R6-controlled", "the marker column stays", {
    file: "2.1-columns.sql",
    replace: "credits_allocated_at TIMESTAMPTZ,\nDROP COLUMN IF EXISTS rollback_marker;",
    by: "credits_allocated_at TIMESTAMPTZ;",
  }),
  canary("R6-controlled", "a disabled function stays", {
    file: "2.2-functions.sql",
    replace: "DROP FUNCTION IF EXISTS public.get_available_credits_disabled(UUID, TEXT);\n",
    by: "",
  }),
  canary("R6-controlled", "migrating again allocates again", {
    file,
    replace: set,
    by: "    SET rollback_marker = NOW(), credits_allocated_at = NULL\n",
  }),
  canary("R8-controlled", "each allocation that was ever logged is rolled back", {
    file,
    replace: "FROM marked;",
    by: "FROM marked JOIN credit_actions ON organization_id = marked.id AND action_type <> 'consumption';",
  }),
  canary("R8-controlled", "the used numbers begin anew", {
    file,
    replace: set,
    by: "    SET rollback_marker = NOW(), ai_used_credits = 0, email_used_credits = 0\n",
  }),
];
