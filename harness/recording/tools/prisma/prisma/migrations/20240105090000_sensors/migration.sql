-- CreateEnum
CREATE TYPE "Level" AS ENUM ('LOW', 'HIGH');

-- CreateTable
CREATE TABLE "Sensor" (
    "id" SERIAL NOT NULL,
    "label" TEXT NOT NULL,
    "level" "Level" NOT NULL DEFAULT 'LOW',

    CONSTRAINT "Sensor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Reading" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "sensorId" INTEGER NOT NULL,
    "value" DECIMAL(8,3) NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Reading_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Sensor_label_key" ON "Sensor"("label");

-- CreateIndex
CREATE INDEX "Reading_sensorId_at_idx" ON "Reading"("sensorId", "at");

-- AddForeignKey
ALTER TABLE "Reading" ADD CONSTRAINT "Reading_sensorId_fkey" FOREIGN KEY ("sensorId") REFERENCES "Sensor"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
