const { Migration } = require("@mikro-orm/migrations");

exports.Migration20240105090000 = class extends Migration {
  async up() {
    this.addSql(
      `create table "team" ("id" serial primary key, "name" varchar(255) not null, "active" boolean not null default true);`,
    );
    this.addSql(
      `create table "member" ("id" uuid not null default gen_random_uuid(), "team_id" int not null, "role" text check ("role" in ('owner', 'guest')) not null, "joined_at" timestamptz(0) not null, constraint "member_pkey" primary key ("id"));`,
    );
    this.addSql(`alter table "team" add constraint "team_name_unique" unique ("name");`);
    this.addSql(`create index "member_team_id_index" on "member" ("team_id");`);
    this.addSql(
      `alter table "member" add constraint "member_team_id_foreign" foreign key ("team_id") references "team" ("id") on update cascade;`,
    );
  }

  async down() {
    this.addSql(`drop table if exists "member" cascade;`);
    this.addSql(`drop table if exists "team" cascade;`);
  }
};
