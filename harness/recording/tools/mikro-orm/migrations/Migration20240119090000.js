const { Migration } = require("@mikro-orm/migrations");

exports.Migration20240119090000 = class extends Migration {
  async up() {
    await this.execute(`alter table "team" add column "initial" char(1);`);
    for (const { id, name } of await this.execute(`select "id", "name" from "team"`)) {
      await this.execute(`update "team" set "initial" = ? where "id" = ?`, [name[0], id]);
    }
    this.addSql(`alter table "team" alter column "initial" set not null;`);
  }

  async down() {
    this.addSql(`alter table "team" drop column "initial";`);
  }
};
