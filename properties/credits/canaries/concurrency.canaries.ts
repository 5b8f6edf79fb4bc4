/** Canaries for concurrent sessions: rules K, and the order of locks. */
import { append, canary, replace } from "./canary.ts";

const file = "2.2-functions.sql";
const log = "    -- Log the consumption\n";
const checks = "    IF p_credits IS NULL OR p_credits <= 0 THEN\n";
const read =
  "    INTO available_credits\n    FROM organizations\n    WHERE id = p_organization_id\n    FOR NO KEY UPDATE;";

const withoutLock = replace(file, read, read.replace("\n    FOR NO KEY UPDATE", ""));
const writesBackWhatItRead = replace(
  file,
  "SET ai_used_credits = ai_used_credits + p_credits,",
  "SET ai_used_credits = ai_credits - available_credits + p_credits,",
);
const locksOthers = replace(
  file,
  log,
  `    PERFORM FROM organizations WHERE id <> p_organization_id ORDER BY id FOR UPDATE;\n\n${log}`,
);

export const concurrencyCanaries = [
  canary("K1", "a consumption writes back what it read without a lock", withoutLock, writesBackWhatItRead),
  canary("K2-interleavings", "a consumption checks without the row lock", withoutLock),
  canary("K2-leaks", "a consumption checks without the row lock", withoutLock),
  canary("K3", "a consumption locks its own organization, and then the others", locksOthers),
  canary("K4", "a consumption locks the other organizations too", locksOthers),
  canary(
    "K4",
    "all consumptions are counted in one row",
    replace(
      file,
      log,
      `    UPDATE organizations SET updated_at = NOW()
    WHERE id = (SELECT id FROM organizations ORDER BY id LIMIT 1);\n\n${log}`,
    ),
  ),
];

export const lockOrderCanaries = [
  // Only one mutant shows that the property can fail. Two sessions with this lock block each other's write.
  canary(
    "K3-paused",
    "a consumption reads under a lock that another one can share",
    replace(file, read, read.replace("FOR NO KEY UPDATE", "FOR SHARE")),
  ),
  canary(
    "K3-order",
    "a consumption locks the log before the organization",
    replace(file, checks, `    LOCK TABLE credit_actions IN SHARE ROW EXCLUSIVE MODE;\n${checks}`),
  ),
  canary(
    "K3-order",
    "two allocations share a lock on the log that neither can then strengthen",
    replace(file, "    -- Log the allocation\n", "    LOCK TABLE credit_actions IN SHARE MODE;\n"),
  ),
  canary(
    "K3-order",
    "a statement of the migration locks the log and then the organizations",
    append(
      "2.3-indexes.sql",
      `BEGIN;
LOCK TABLE credit_actions IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE;
COMMIT;`,
    ),
  ),
];
