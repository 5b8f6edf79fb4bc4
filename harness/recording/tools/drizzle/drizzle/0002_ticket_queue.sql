ALTER TABLE "tickets" ADD COLUMN "queue_id" uuid;--> statement-breakpoint
UPDATE "tickets" SET "queue_id" = (SELECT "id" FROM "queues" WHERE "name" = 'inbox');--> statement-breakpoint
ALTER TABLE "tickets" ALTER COLUMN "queue_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_queue_id_queues_id_fk" FOREIGN KEY ("queue_id") REFERENCES "public"."queues"("id") ON DELETE no action ON UPDATE no action;
