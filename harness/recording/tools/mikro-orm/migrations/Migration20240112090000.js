const { Migration } = require("@mikro-orm/migrations");

exports.Migration20240112090000 = class extends Migration {
  async up() {
    const [{ id }] = await this.execute(`insert into "team" ("name", "active") values (?, ?) returning "id"`, [
      "Núcleo",
      false,
    ]);
    const knex = this.getKnex();
    this.addSql(knex("member").insert({ team_id: id, role: "owner", joined_at: new Date("2024-01-12T09:00:00Z") }));
    this.addSql(knex("team").update({ active: true }).where({ id }));
  }

  async down() {
    const knex = this.getKnex();
    this.addSql(knex("member").del());
    this.addSql(knex("team").where({ name: "Núcleo" }).del());
  }
};
