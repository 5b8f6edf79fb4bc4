exports.up = async (knex) => {
  await knex.schema.createTable("accounts", (table) => {
    table.uuid("id").primary().defaultTo(knex.fn.uuid());
    table.string("email").notNullable().unique();
    table.enu("plan", ["free", "team", "enterprise"]).notNullable().defaultTo("free");
    table.jsonb("settings").notNullable().defaultTo("{}");
    table.timestamps(true, true);
  });
  await knex.schema.createTable("projects", (table) => {
    table.increments();
    table.uuid("account_id").notNullable().references("id").inTable("accounts").onDelete("CASCADE").index();
    table.string("name").notNullable();
    table.specificType("tags", "text[]");
    table.date("due");
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable("projects");
  await knex.schema.dropTable("accounts");
};
