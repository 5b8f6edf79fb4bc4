exports.config = { transaction: false };

exports.up = (knex) => knex.raw("CREATE UNIQUE INDEX CONCURRENTLY projects_slug_unique ON projects (slug)");

exports.down = (knex) => knex.raw("DROP INDEX CONCURRENTLY projects_slug_unique");
