-- Meters that readers found and no list knows.
CREATE TABLE "found_meter" (
    "event_id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "round_id" INTEGER,
    "place_id" INTEGER,
    "serial" TEXT,
    "radio_id" TEXT,
    "resource" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "body" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "meter_id" INTEGER,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "why" TEXT,

    CONSTRAINT "found_meter_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "found_meter_org_id_state_at_idx" ON "found_meter"("org_id", "state", "at");
CREATE INDEX "found_meter_round_id_idx" ON "found_meter"("round_id");

ALTER TABLE "found_meter" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "found_meter" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "found_meter" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
-- What was seen is evidence; only the decision about it is written.
GRANT SELECT, INSERT ON "found_meter" TO kilter_app;
GRANT UPDATE ("state", "meter_id", "decided_by", "decided_at", "why") ON "found_meter"
  TO kilter_app;
