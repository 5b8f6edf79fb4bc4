WITH sensor AS (
  INSERT INTO "Sensor" ("label", "level") VALUES ('roof, north', 'HIGH') RETURNING "id"
)
INSERT INTO "Reading" ("sensorId", "value", "at") SELECT "id", 21.5, '2024-01-12 09:00:00' FROM sensor;
