const { Migration } = require("@mikro-orm/migrations");

exports.Migration20240126090000 = class extends Migration {
  isTransactional() {
    return false;
  }

  async up() {
    this.addSql(`create index concurrently "member_joined_at_index" on "member" ("joined_at");`);
  }

  async down() {
    this.addSql(`drop index concurrently "member_joined_at_index";`);
  }
};
