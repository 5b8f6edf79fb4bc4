/** Follows the settings of a session, as SET and the startup packet make them (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import { getChildren, getString, getStrings, type SyntaxNode } from "../release/syntax.ts";
import type { RecordedSession } from "./record.ts";
import type { SentStatement } from "./sent-statements.ts";

/** By its name, the statement that made each setting. */
export type SessionSettings = ReadonlyMap<string, string>;

/** Change what is shown to the client, or how long it waits, but nothing in the database. */
const WITHOUT_EFFECT = new Set([
  ...["application_name", "bytea_output", "client_encoding", "client_min_messages", "extra_float_digits"],
  ...["idle_in_transaction_session_timeout", "idle_session_timeout", "intervalstyle", "standard_conforming_strings"],
  ...["statement_timeout", "transaction_timeout", "tcp_keepalives_idle", "replication"],
]);

/** The values that a server of ours has anyway. */
const DEFAULTS: Readonly<Record<string, RegExp>> = {
  datestyle: /^['"]?iso(?:,\s*mdy)?['"]?$/i,
  lock_timeout: /^'?0'?$/,
  search_path: /^['"]?(?:"\$user",\s*)?"?public"?['"]?$/i,
  timezone: /^['"]?(?:utc|etc\/utc|\+?00(?::?00)?|0)['"]?$/i,
};

/** What the startup packet sets. */
export function readStartup({ settings }: RecordedSession): SessionSettings {
  return new Map(
    Object.entries(settings).flatMap(([name, value]) => {
      const key = name.toLowerCase();
      // A list stays one: quoted as a whole it would be a single name.
      const written = key === "search_path" ? value : escapeLiteral(value);

      return hasEffect(key, value) ? [[key, `SET ${escapeIdentifier(key)} TO ${written}`] as const] : [];
    }),
  );
}

/** The settings of a session after a statement that took effect. */
export function applySetting(
  settings: SessionSettings,
  startup: SessionSettings,
  { parsed, nodes, text }: SentStatement,
): SessionSettings {
  const [root] = nodes;
  if (root === undefined) return settings;
  if (parsed.node === "DiscardStmt") return root.fields["target"] === "DISCARD_ALL" ? startup : settings;
  const name = readSettingName(root);
  if (name === undefined) return settings;
  const kind = getString(root, "kind");
  if (kind === "VAR_RESET_ALL") return keepRole(settings, startup);
  const changed = new Map(settings);
  const value = text.replace(/^[\s\S]*?(?:\bTO\b|=|\bZONE\b)\s*/i, "").trim();
  if (/^VAR_(?:RESET|SET_DEFAULT)$/.test(kind) || !hasEffect(name, value)) restore(changed, startup, name);
  else changed.set(name, removeComments(text));

  return changed;
}

/** RESET ALL leaves the role as it is (PostgreSQL manual, RESET). */
function keepRole(settings: SessionSettings, startup: SessionSettings): SessionSettings {
  return new Map([
    ...startup,
    ...[...settings].filter(([name]) => name === "role" || name === "session_authorization"),
  ]);
}

function restore(settings: Map<string, string>, startup: SessionSettings, name: string): void {
  const before = startup.get(name);
  if (before === undefined) settings.delete(name);
  else settings.set(name, before);
}

function removeComments(text: string): string {
  return text.replace(/^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)+/, "");
}

function hasEffect(name: string, value: string): boolean {
  return !WITHOUT_EFFECT.has(name) && DEFAULTS[name]?.test(value) !== true;
}

/** Whether a statement does nothing but change the settings of its session. */
export function isSessionSetting({ nodes }: SentStatement): boolean {
  const [root] = nodes;

  return root !== undefined && (root.kind === "DiscardStmt" || readSettingName(root) !== undefined);
}

/** Of SET, RESET and SELECT set_config(name, …, false); undefined for any other statement, and for what ends with its transaction. */
function readSettingName(root: SyntaxNode): string | undefined {
  if (root.kind === "VariableSetStmt") {
    const isOfTransaction = root.fields["is_local"] === true || root.fields["name"] === "TRANSACTION";

    return isOfTransaction ? undefined : getString(root, "name").toLowerCase();
  }
  const [target, ...others] = root.kind === "SelectStmt" ? getChildren(root, "targetList") : [];
  const [call] = target === undefined ? [] : getChildren(target, "val");
  if (call?.kind !== "FuncCall" || others.length > 0 || getStrings(call, "funcname").at(-1) !== "set_config")
    return undefined;
  const [name, , isLocal] = getChildren(call, "args");
  const constant = name?.children.find(({ kind }) => kind === "sval");

  return constant === undefined || isLocal?.children.some(({ fields }) => fields["boolval"] === true)
    ? undefined
    : getString(constant, "sval").toLowerCase();
}

/** What to send so that a session with some settings gets others. */
export function changeSettings(from: SessionSettings, to: SessionSettings): readonly string[] {
  const gone = [...from.keys()].filter((name) => !to.has(name));
  const changed = [...to].filter(([name, sql]) => from.get(name) !== sql);

  return [...gone.map(formatReset), ...changed.map(([, sql]) => sql)];
}

function formatReset(name: string): string {
  if (name === "session characteristics")
    return "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE";

  return name === "session_authorization"
    ? "RESET SESSION AUTHORIZATION"
    : `RESET ${name === "role" ? "ROLE" : escapeIdentifier(name)}`;
}
