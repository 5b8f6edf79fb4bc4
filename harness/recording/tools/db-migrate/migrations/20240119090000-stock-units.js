exports.up = async (db) => {
  await db.addColumn("stock", "unit", { type: "string", length: 5 });
  await db.runSql("UPDATE stock SET unit = ? WHERE unit IS NULL", ["pcs"]);
  await db.changeColumn("stock", "unit", { notNull: true });
};

exports.down = (db) => db.removeColumn("stock", "unit");

exports._meta = { version: 1 };
