const { randomUUID } = require("node:crypto");

exports.up = async ({ context }) => {
  await context.sequelize.transaction(async (transaction) => {
    const [rooms] = await context.sequelize.query(
      "INSERT INTO rooms (name, kind, features) VALUES (:name, :kind, :features) RETURNING id",
      { replacements: { name: "L'Étoile", kind: "suite", features: '{"view": "sea \\\\ sky"}' }, transaction },
    );
    await context.bulkInsert(
      "bookings",
      [{ id: randomUUID(), roomId: rooms[0].id, guest: "Kim", startsOn: "2024-03-01", endsOn: "2024-03-05" }],
      { transaction },
    );
    await context.sequelize.query('UPDATE bookings SET guest = $guest WHERE "startsOn" > $since', {
      bind: { guest: 'Kim "K" O\'Neil', since: "2024-01-01" },
      transaction,
    });
  });
};

exports.down = async ({ context }) => {
  await context.bulkDelete("bookings", {});
  await context.bulkDelete("rooms", { name: "L'Étoile" });
};
