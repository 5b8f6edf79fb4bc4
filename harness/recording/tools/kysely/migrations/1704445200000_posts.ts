import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<any>) {
  await db.schema.createType("post_state").asEnum(["draft", "published"]).execute();
  await db.schema
    .createTable("authors")
    .addColumn("id", "uuid", (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn("handle", "varchar(40)", (column) => column.notNull().unique())
    .execute();
  await db.schema
    .createTable("posts")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("author_id", "uuid", (column) => column.notNull().references("authors.id").onDelete("cascade"))
    .addColumn("state", sql`post_state`, (column) => column.notNull().defaultTo("draft"))
    .addColumn("title", "text", (column) => column.notNull().check(sql`title <> ''`))
    .addColumn("score", "double precision")
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .execute();
  await db.schema.createIndex("posts_author").on("posts").columns(["author_id", "created_at"]).execute();
}

export async function down(db: Kysely<any>) {
  await db.schema.dropTable("posts").execute();
  await db.schema.dropTable("authors").execute();
  await db.schema.dropType("post_state").execute();
}
