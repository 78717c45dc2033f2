-- What the customer was asked to pay, so that the resident's screen can compare it with readings.
CREATE TABLE "bill" (
    "org_id" INTEGER NOT NULL,
    "household_id" INTEGER NOT NULL,
    "month" DATE NOT NULL,
    "currency" TEXT NOT NULL,
    "total_minor" BIGINT NOT NULL,
    "lines" JSONB NOT NULL DEFAULT '[]',
    "issued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bill_pkey" PRIMARY KEY ("household_id", "month")
);

ALTER TABLE "bill" ADD CONSTRAINT "bill_household_id_fkey" FOREIGN KEY ("household_id") REFERENCES "household"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "bill" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "bill" FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON "bill" USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE ON "bill" TO kilter_app;
