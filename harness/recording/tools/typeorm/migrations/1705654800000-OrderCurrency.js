const { TableColumn } = require("typeorm");

module.exports = class OrderCurrency1705654800000 {
  async up(queryRunner) {
    await queryRunner.addColumn(
      "orders",
      new TableColumn({ name: "currency", type: "char", length: "3", isNullable: true }),
    );
    await queryRunner.manager
      .createQueryBuilder()
      .update("orders")
      .set({ currency: "EUR" })
      .where("total < :limit", { limit: 1000 })
      .execute();
    await queryRunner.query(`UPDATE "orders" SET "currency" = $1 WHERE "currency" IS NULL`, ["USD"]);
    await queryRunner.changeColumn(
      "orders",
      "currency",
      new TableColumn({ name: "currency", type: "char", length: "3", isNullable: false }),
    );
  }

  async down(queryRunner) {
    await queryRunner.dropColumn("orders", "currency");
  }
};
