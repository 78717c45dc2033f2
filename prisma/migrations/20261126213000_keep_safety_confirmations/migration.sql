-- What readers confirmed before work, taken out of their events so that the desk can find it.
CREATE TABLE "safety_confirmation" (
    "event_id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "round_id" INTEGER,
    "meter_id" INTEGER,
    "user_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "work" TEXT NOT NULL,
    "points" TEXT[],

    CONSTRAINT "safety_confirmation_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "safety_confirmation_round_id_at_idx" ON "safety_confirmation"("round_id", "at");

-- Evidence: nobody changes a row.
ALTER TABLE safety_confirmation ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety_confirmation FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON safety_confirmation USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT ON safety_confirmation TO kilter_app;
