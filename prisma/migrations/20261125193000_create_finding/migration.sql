-- What the hourly check of the meters found, and how the last day arrived: the desk's board reads
-- these few rows instead of ten days of readings.
CREATE TABLE "finding" (
    "meter_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "level" TEXT NOT NULL,
    "since_at" TIMESTAMPTZ(3) NOT NULL,
    "amount" BIGINT,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "finding_pkey" PRIMARY KEY ("meter_id","kind")
);

CREATE INDEX "finding_org_id_level_since_at_idx" ON "finding"("org_id", "level", "since_at");

CREATE TABLE "meter_delivery" (
    "meter_id" INTEGER NOT NULL,
    "org_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3),
    "expected" SMALLINT NOT NULL,
    "delivered" SMALLINT NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "meter_delivery_pkey" PRIMARY KEY ("meter_id")
);

CREATE INDEX "meter_delivery_org_id_idx" ON "meter_delivery"("org_id");

ALTER TABLE "finding" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "finding" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "finding" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON "finding" TO kilter_app;

ALTER TABLE "meter_delivery" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "meter_delivery" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "meter_delivery" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON "meter_delivery" TO kilter_app;
