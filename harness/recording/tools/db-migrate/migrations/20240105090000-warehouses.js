exports.up = async (db) => {
  await db.createTable("warehouses", {
    id: { type: "int", primaryKey: true, autoIncrement: true },
    code: { type: "string", length: 10, notNull: true, unique: true },
    opened: { type: "date", notNull: true },
  });
  await db.createTable("stock", {
    id: { type: "int", primaryKey: true, autoIncrement: true },
    warehouse_id: {
      type: "int",
      notNull: true,
      foreignKey: {
        name: "stock_warehouse_fk",
        table: "warehouses",
        mapping: "id",
        rules: { onDelete: "CASCADE", onUpdate: "RESTRICT" },
      },
    },
    item: { type: "string", notNull: true },
    quantity: { type: "int", notNull: true, defaultValue: 0 },
  });
  await db.runSql("ALTER TABLE stock ADD CONSTRAINT stock_quantity CHECK (quantity >= 0)");
  await db.addIndex("stock", "stock_item", ["warehouse_id", "item"], true);
};

exports.down = async (db) => {
  await db.dropTable("stock");
  await db.dropTable("warehouses");
};

exports._meta = { version: 1 };
