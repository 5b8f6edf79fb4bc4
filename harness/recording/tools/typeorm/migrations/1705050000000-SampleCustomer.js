module.exports = class SampleCustomer1705050000000 {
  async up(queryRunner) {
    const [{ id }] = await queryRunner.query(
      `INSERT INTO "customers" ("name", "fingerprint") VALUES ($1, $2) RETURNING "id"`,
      ["Ada d'Arc", Buffer.from([0, 1, 255, 39, 92])],
    );
    await queryRunner.manager
      .createQueryBuilder()
      .insert()
      .into("orders", ["customerId", "status", "total", "placedAt"])
      .values([
        { customerId: id, status: "paid", total: 19.9, placedAt: new Date("2024-01-02T03:04:05Z") },
        { customerId: id, status: "open", total: "1000000.01", placedAt: new Date("2023-12-31T23:59:59.123Z") },
      ])
      .execute();
  }

  async down(queryRunner) {
    await queryRunner.query(
      `DELETE FROM "orders" WHERE "customerId" IN (SELECT "id" FROM "customers" WHERE "name" = $1)`,
      ["Ada d'Arc"],
    );
    await queryRunner.query(`DELETE FROM "customers" WHERE "name" = $1`, ["Ada d'Arc"]);
  }
};
