-- What fieldsync/1 needs beside its tables.

-- The point for which meter keys are wrapped (src/lib/contract/round-keys.ts).
ALTER TABLE "field_device" ADD COLUMN "public_key" TEXT;

-- Events that are stored and acknowledged but whose reading could not be taken in at once.
CREATE TABLE "capture_pending" (
    "event_id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,

    CONSTRAINT "capture_pending_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "capture_pending_org_id_idx" ON "capture_pending"("org_id");
ALTER TABLE capture_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture_pending FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON capture_pending
  USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON capture_pending TO kilter_app;

-- Which history of the database phones talk to. Recovery to a point in time starts a new timeline,
-- a restore into a new cluster has another identifier, a copy another database: in each case phones
-- must offer again what they still hold and fetch anew.
CREATE FUNCTION server_epoch() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT md5(format('kilter/%s/%s/%s',
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT oid FROM pg_database WHERE datname = current_database())))::uuid
$$;
GRANT EXECUTE ON FUNCTION server_epoch() TO kilter_app;

-- Whoever changes a round or a stop, the phones that carry it hear of it.
CREATE FUNCTION log_round_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  id text := CASE WHEN TG_TABLE_NAME = 'round' THEN r ->> 'id' ELSE r ->> 'round_id' END;
BEGIN
  INSERT INTO change_log (org_id, kind, key, op, scope)
  VALUES ((r ->> 'org_id')::int, 'round', id,
    CASE WHEN TG_OP = 'DELETE' AND TG_TABLE_NAME = 'round' THEN 'tomb' ELSE 'put' END, id);
  RETURN NULL;
END $$;
CREATE TRIGGER round_change AFTER INSERT OR UPDATE OR DELETE ON round
  FOR EACH ROW EXECUTE FUNCTION log_round_change();
CREATE TRIGGER round_stop_change AFTER INSERT OR UPDATE OR DELETE ON round_stop
  FOR EACH ROW EXECUTE FUNCTION log_round_change();
