exports.up = async (db) => {
  await db.insert("warehouses", ["code", "opened"], ["MAIN", "2024-01-12"]);
  const { rows } = await db.runSql("INSERT INTO warehouses (code, opened) VALUES (?, ?) RETURNING id", [
    "N'ORD",
    "2024-01-13",
  ]);
  await db.runSql("INSERT INTO stock (warehouse_id, item, quantity) VALUES (?, ?, ?)", [
    rows[0].id,
    'bolt "M6" \\ 10',
    7,
  ]);
};

exports.down = async (db) => {
  await db.runSql("DELETE FROM warehouses WHERE code IN (?, ?)", ["MAIN", "N'ORD"]);
};

exports._meta = { version: 1 };
