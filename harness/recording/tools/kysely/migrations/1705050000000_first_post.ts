import type { Kysely } from "kysely";

const handle = "grace";

export async function up(db: Kysely<any>) {
  const author = await db.insertInto("authors").values({ handle }).returning("id").executeTakeFirstOrThrow();
  const post = await db
    .insertInto("posts")
    .values({ author_id: author.id, title: "It's a \\ start; $1", score: 0.1 + 0.2, created_at: new Date(0) })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db.updateTable("posts").set({ state: "published" }).where("id", "=", post.id).execute();
}

export async function down(db: Kysely<any>) {
  await db.deleteFrom("authors").where("handle", "=", handle).execute();
}
