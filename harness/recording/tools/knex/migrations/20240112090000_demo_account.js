const email = "o'hara+demo@example.com";

exports.up = async (knex) => {
  const [account] = await knex("accounts")
    .insert({ email, plan: "team", settings: { theme: "dark", quota: 10 } })
    .returning("id");
  await knex("projects").insert([
    { account_id: account.id, name: "C:\\demo", tags: ["a", 'b"c'], due: "2024-02-29" },
    { account_id: account.id, name: "Empty", tags: null, due: null },
  ]);
};

exports.down = async (knex) => {
  await knex("accounts").where({ email }).del();
};
