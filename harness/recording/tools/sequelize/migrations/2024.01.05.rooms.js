const { DataTypes } = require("sequelize");

exports.up = async ({ context }) => {
  await context.createTable("rooms", {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    name: { type: DataTypes.STRING, allowNull: false, unique: true },
    kind: { type: DataTypes.ENUM("single", "double", "suite"), allowNull: false },
    features: { type: DataTypes.JSONB },
  });
  await context.createTable("bookings", {
    id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
    roomId: {
      type: DataTypes.INTEGER,
      allowNull: false,
      references: { model: "rooms", key: "id" },
      onDelete: "RESTRICT",
    },
    guest: { type: DataTypes.STRING, allowNull: false },
    startsOn: { type: DataTypes.DATEONLY, allowNull: false },
    endsOn: { type: DataTypes.DATEONLY, allowNull: false },
  });
  await context.addIndex("bookings", ["roomId", "startsOn"]);
};

exports.down = async ({ context }) => {
  await context.dropTable("bookings");
  await context.dropTable("rooms");
  await context.sequelize.query('DROP TYPE "enum_rooms_kind"');
};
