/** Suggests what to do if a state cannot be built, by what the error says is missing (pure). */
import type { SqlError } from "../database/sql-error.ts";

/** Images that have an extension which the usual ones lack. */
const IMAGES: Readonly<Record<string, string>> = {
  vector: "pgvector/pgvector:pg17",
  postgis: "postgis/postgis:17-3.5",
  timescaledb: "timescale/timescaledb:latest-pg17",
};

/** One imperative sentence; undefined if the error says nothing of a server or of a platform. */
export function suggestRemedy({ code, message }: SqlError): string | undefined {
  const extension = /extension "([^"]+)" is not available/.exec(message)?.[1];
  if (extension !== undefined) {
    const image = IMAGES[extension] ?? "IMAGE";

    return `Use a server that has the extension ${extension}: --server container --image ${image}`;
  }
  const role = /role "([^"]+)" does not exist/.exec(message)?.[1];
  if (role !== undefined) {
    return `Add 'CREATE ROLE "${role}"' to setup in plumbline.config.ts, or dump a schema with pg_dump --no-owner --no-privileges`;
  }
  // What is parsed here is the syntax of the newest version.
  if (code === "42601") return "Use a newer version of PostgreSQL with --postgres";
  const missing = /^(?:schema|relation|type|function) (\S+) does not exist/.exec(message)?.[1];

  return missing === undefined
    ? undefined
    : `If a platform provides ${missing}, create it in setup of plumbline.config.ts; else fix the order of the files`;
}
