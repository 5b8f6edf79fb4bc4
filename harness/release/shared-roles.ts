/**
 * Rewrites statements that create and drop roles for a server whose roles many databases share (pure). Roles belong to the
 * server and not to a database (PostgreSQL manual, 21. Database Roles): what a migration created in one database of the
 * harness would be there in the next, and what it dropped would be missing in the others.
 */
import type { Statement, Step } from "./release.ts";

const MENTION = /\b(?:CREATE|DROP)\s+(?:ROLE|USER|GROUP)\b/i;
const CREATE = /^CREATE\s+(?:ROLE|USER|GROUP)\s+/i;
const DROP = /^DROP\s+(?:ROLE|USER|GROUP)\s+(IF\s+EXISTS\s+)?/i;
/** A block whose body is quoted by dollars: quotes in it need no doubling. */
const DOLLAR_QUOTED = /^DO\s+(?:LANGUAGE\s+\w+\s+)?\$/i;
/** A statement of PL/pgSQL on roles, or an EXECUTE; not one in a string or a comment. */
const IN_BODY =
  /(?<=(?:[;\n]|\bBEGIN|\bTHEN|\bELSE|\bLOOP)\s*)(?:EXECUTE|(?:CREATE|DROP)\s+(?:ROLE|USER|GROUP))\b(?:'(?:[^']|'')*'|[^;'])*;/gi;
const CREATE_IN_BODY = /\bCREATE\s+(?:ROLE|USER|GROUP)\s+([\s\S]*)/i;
const IF_THERE = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;";
const NAME = /^(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)/u;

/** The roles that the statements of one database created and did not drop. */
export class RoleHistory {
  readonly #roles = new Set<string>();

  /** @param before the steps that were applied to the database */
  constructor(before: readonly Step[] = []) {
    for (const step of before.filter(mentionsRole)) for (const statement of step.statements) this.toSql(statement);
  }

  /**
   * What is sent for the next statement. A role that is there, though not by this history, is taken as created; one that
   * is dropped stays, and the statement fails as it would where something in this database depends on it.
   */
  toSql({ node, text }: Statement): string {
    if (node === "CreateRoleStmt") return this.#create(text);
    if (node === "DoStmt") return MENTION.test(text) ? this.#replaceInBody(text) : text;

    return node === "DropRoleStmt" ? this.#drop(text) : text;
  }

  /** In a block, each statement on roles becomes a block of its own, where the text shows it. */
  #replaceInBody(text: string): string {
    if (!DOLLAR_QUOTED.test(text)) return text;

    return text.replace(IN_BODY, (statement) => {
      if (DROP.test(statement)) return this.#dropInBody(statement);
      const created = CREATE_IN_BODY.exec(statement);
      if (created === null) return statement;
      const name = readName(created[1] ?? "");
      if (name !== undefined && this.#roles.has(name)) return statement;
      if (name !== undefined) this.#roles.add(name);

      return `BEGIN ${statement} ${IF_THERE} END;`;
    });
  }

  #dropInBody(statement: string): string {
    const [opening = "", ifExists] = DROP.exec(statement) ?? [];
    const names = statement.slice(opening.length, -1).split(",").map(readName);
    if (names.some((name) => name === undefined)) return statement;
    for (const name of names) this.#roles.delete(name ?? "");

    return names.map((name = "") => formatDropCheck(name, ifExists === undefined)).join("\n");
  }

  #create(text: string): string {
    const name = readName(text.replace(CREATE, ""));
    if (name === undefined || this.#roles.has(name)) return text;
    this.#roles.add(name);

    return formatBlock(`${text};\n${IF_THERE}`);
  }

  #drop(text: string): string {
    const [opening = "", ifExists] = DROP.exec(text) ?? [];
    const names = text.slice(opening.length).split(",").map(readName);
    if (names.some((name) => name === undefined)) return text;
    for (const name of names) this.#roles.delete(name ?? "");

    return formatBlock(names.map((name = "") => formatDropCheck(name, ifExists === undefined)).join("\n"));
  }
}

/** Histories are long, and few of their steps create roles. */
const mentioning = new WeakMap<Step, boolean>();

function mentionsRole(step: Step): boolean {
  const found = mentioning.get(step) ?? MENTION.test(step.source);
  mentioning.set(step, found);

  return found;
}

/** The name at the start of a text as SQL writes it, folded; undefined for what is no plain name. */
function readName(text: string): string | undefined {
  const name = NAME.exec(text.trim())?.[0];

  return name?.startsWith('"') ? name : name?.toLowerCase();
}

/** Raises what DROP ROLE does. @param name as SQL writes it */
function formatDropCheck(name: string, isRequired: boolean): string {
  const role = `'${name.replaceAll("'", "''")}'`;

  return `${isRequired ? `PERFORM ${role}::regrole;\n` : ""}IF EXISTS (
  SELECT FROM pg_catalog.pg_shdepend AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
  WHERE d.datname = current_database() AND s.refclassid = 'pg_catalog.pg_authid'::regclass
    AND s.refobjid = to_regrole(${role})
) THEN
  RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
    MESSAGE = format('role "%s" cannot be dropped because some objects depend on it',
      (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = to_regrole(${role})));
END IF;`;
}

function formatBlock(body: string): string {
  return `DO $plumbline$ BEGIN\n${body}\nEND $plumbline$`;
}
