-- AlterTable
ALTER TABLE "Reading" ADD COLUMN "unit" TEXT;

UPDATE "Reading" SET "unit" = CASE WHEN "value" < 100 THEN '°C' ELSE 'K' END;

ALTER TABLE "Reading" ALTER COLUMN "unit" SET NOT NULL;
