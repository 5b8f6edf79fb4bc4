import type { Kysely } from "kysely";

export async function up(db: Kysely<any>) {
  await db.schema.alterTable("posts").addColumn("words", "integer").execute();
  for (const { id, title } of await db.selectFrom("posts").select(["id", "title"]).execute()) {
    await db
      .updateTable("posts")
      .set({ words: title.split(" ").length })
      .where("id", "=", id)
      .execute();
  }
  await db.schema
    .alterTable("posts")
    .alterColumn("words", (column) => column.setNotNull())
    .execute();
}

export async function down(db: Kysely<any>) {
  await db.schema.alterTable("posts").dropColumn("words").execute();
}
