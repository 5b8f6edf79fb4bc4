-- CreateIndex
CREATE INDEX CONCURRENTLY "Reading_unit_idx" ON "Reading"("unit");
