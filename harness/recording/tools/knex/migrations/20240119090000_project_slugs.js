exports.up = async (knex) => {
  await knex.schema.alterTable("projects", (table) => {
    table.string("slug");
  });
  for (const { id, name } of await knex("projects").select("id", "name").orderBy("id")) {
    const slug = name.toLowerCase().replace(/[^a-z]+/g, "-");
    await knex("projects")
      .where({ id })
      .update({ slug: `${id}-${slug}` });
  }
  await knex.schema.alterTable("projects", (table) => {
    table.string("slug").notNullable().alter();
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable("projects", (table) => {
    table.dropColumn("slug");
  });
};
