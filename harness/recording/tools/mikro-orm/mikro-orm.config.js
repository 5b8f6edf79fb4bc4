const { Migrator } = require("@mikro-orm/migrations");
const { defineConfig } = require("@mikro-orm/postgresql");

module.exports = defineConfig({
  clientUrl: process.env.DATABASE_URL,
  extensions: [Migrator],
  discovery: { warnWhenNoEntities: false },
  migrations: { path: "migrations", snapshot: false, allOrNothing: false },
});
