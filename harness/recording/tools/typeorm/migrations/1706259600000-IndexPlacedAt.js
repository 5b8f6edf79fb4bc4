module.exports = class IndexPlacedAt1706259600000 {
  transaction = false;

  async up(queryRunner) {
    await queryRunner.query(`CREATE INDEX CONCURRENTLY "IDX_orders_placed" ON "orders" ("placedAt")`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DROP INDEX "IDX_orders_placed"`);
  }
};
