/** Lists what the statements of a history need of the server, besides its version (pure). */
import type { Parser } from "./parser.ts";
import type { Step } from "./release.ts";
import { getString, listNodes, type SyntaxNode } from "./syntax.ts";

export interface Needs {
  readonly extensions: readonly string[];
  /** Roles that are named, and that no statement creates. */
  readonly roles: readonly string[];
}

/** Text that does not parse, and the bodies of blocks and functions, count only for the roles that they create. */
export function listNeeds(parser: Parser, steps: readonly Step[]): Needs {
  const nodes = steps.flatMap(({ source }) => {
    const parsed = parser.parse(source);

    return "statements" in parsed ? parsed.statements.flatMap(({ node, tree }) => listNodes(node, tree)) : [];
  });
  const named = nodes.flatMap((node) => readRole(node) ?? []);
  const extensions = nodes.flatMap((node) => (node.kind === "CreateExtensionStmt" ? [getString(node, "extname")] : []));

  return {
    extensions: [...new Set(extensions)].toSorted(),
    roles: [...new Set(named)].filter((role) => !steps.some(({ source }) => createsRole(source, role))).toSorted(),
  };
}

/** Whether a text creates a role of that name, in a block too. */
export function createsRole(source: string, role: string): boolean {
  return [...source.matchAll(/\bCREATE\s+(?:ROLE|USER|GROUP)\s+(?:"([^"]+)"|([^\s";,]+))/gi)].some(
    ([, quoted, plain = ""]) => (quoted ?? plain.toLowerCase()) === role,
  );
}

/** PUBLIC, CURRENT_USER and the like are no roles of that name. What is dropped need not be there. */
function readRole({ fields, parent }: SyntaxNode): string | undefined {
  return fields["roletype"] === "ROLESPEC_CSTRING" && parent?.kind !== "DropRoleStmt"
    ? String(fields["rolename"])
    : undefined;
}
