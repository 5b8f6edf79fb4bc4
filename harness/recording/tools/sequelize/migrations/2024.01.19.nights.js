const { DataTypes, Op, QueryTypes } = require("sequelize");

exports.up = async ({ context }) => {
  await context.addColumn("bookings", "nights", { type: DataTypes.INTEGER });
  const bookings = await context.sequelize.query('SELECT id, "startsOn", "endsOn" FROM bookings', {
    type: QueryTypes.SELECT,
  });
  for (const { id, startsOn, endsOn } of bookings) {
    const nights = (Date.parse(endsOn) - Date.parse(startsOn)) / 86_400_000;
    await context.bulkUpdate("bookings", { nights }, { id });
  }
  await context.changeColumn("bookings", "nights", { type: DataTypes.INTEGER, allowNull: false });
  await context.addConstraint("bookings", {
    type: "check",
    name: "bookings_nights",
    fields: ["nights"],
    where: { nights: { [Op.gt]: 0 } },
  });
};

exports.down = async ({ context }) => {
  await context.removeColumn("bookings", "nights");
};
