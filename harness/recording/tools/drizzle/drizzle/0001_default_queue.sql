INSERT INTO "queues" ("name") VALUES ('inbox');--> statement-breakpoint
INSERT INTO "tickets" ("title", "priority") VALUES ('It''s broken; really', 'high');
