-- Exchanges of meters with their versions, and orders that readers carry.
CREATE TABLE "meter_exchange" (
    "id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "org_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "old_meter_id" INTEGER NOT NULL,
    "new_meter_id" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "user_id" TEXT,
    "why" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meter_exchange_pkey" PRIMARY KEY ("id","version")
);

CREATE INDEX "meter_exchange_org_id_point_id_idx" ON "meter_exchange"("org_id", "point_id");

CREATE TABLE "service_order" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT NOT NULL DEFAULT '',
    "due_on" DATE NOT NULL,
    "assignee_id" TEXT,
    "state" TEXT NOT NULL DEFAULT 'open',
    "results" JSONB NOT NULL DEFAULT '[]',
    "done_at" TIMESTAMPTZ(3),
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_order_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "service_order_org_id_state_due_on_idx" ON "service_order"("org_id", "state", "due_on");
CREATE INDEX "service_order_point_id_idx" ON "service_order"("point_id");
CREATE INDEX "service_order_assignee_id_idx" ON "service_order"("assignee_id");

ALTER TABLE "membership" ADD COLUMN "electrical_group" SMALLINT;

ALTER TABLE "meter_exchange" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "meter_exchange" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "meter_exchange" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
-- Versions are evidence: the application adds rows and changes none.
GRANT SELECT, INSERT ON "meter_exchange" TO kilter_app;

ALTER TABLE "service_order" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "service_order" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "service_order" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE ON "service_order" TO kilter_app;
GRANT USAGE, SELECT ON SEQUENCE "service_order_id_seq" TO kilter_app;
