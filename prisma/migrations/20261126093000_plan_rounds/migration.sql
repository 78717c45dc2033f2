-- The round planner of the desk: houses of stops, sectors, everybody a round was given to, captures
-- that contradict each other, notes about meters.

-- 1. Stops know their house and their visit ------------------------------------------------------
ALTER TABLE "round" ADD COLUMN "split_of" INTEGER;
CREATE INDEX "round_split_of_idx" ON "round"("split_of");

ALTER TABLE "round_stop" ADD COLUMN "house_id" INTEGER,
  ADD COLUMN "visited_at" TIMESTAMPTZ(3),
  ADD COLUMN "visited_by" TEXT,
  ADD COLUMN "visited_source" TEXT;

-- The house a place lies in; a place outside of any house stands for itself.
CREATE FUNCTION house_of(start int) RETURNS int LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT id, parent_id, kind FROM place WHERE id = start
    UNION ALL
    SELECT p.id, p.parent_id, p.kind FROM up JOIN place p ON p.id = up.parent_id
     WHERE up.kind <> 'house')
  SELECT coalesce((SELECT id FROM up WHERE kind = 'house' LIMIT 1), start)
$$;
GRANT EXECUTE ON FUNCTION house_of(int) TO kilter_app;

CREATE FUNCTION fill_stop_house() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.house_id := house_of((SELECT place_id FROM metering_point WHERE id = NEW.point_id));
  RETURN NEW;
END $$;
CREATE TRIGGER round_stop_house BEFORE INSERT ON round_stop
  FOR EACH ROW WHEN (NEW.house_id IS NULL) EXECUTE FUNCTION fill_stop_house();

-- A statement that moves ten thousand stops is one change of a round, not ten thousand.
DROP TRIGGER round_stop_change ON round_stop;
CREATE FUNCTION log_stop_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change_log (org_id, kind, key, op, scope)
  SELECT DISTINCT org_id, 'round', round_id::text, 'put', round_id::text FROM moved;
  RETURN NULL;
END $$;
CREATE TRIGGER round_stop_added AFTER INSERT ON round_stop REFERENCING NEW TABLE AS moved
  FOR EACH STATEMENT EXECUTE FUNCTION log_stop_changes();
CREATE TRIGGER round_stop_changed AFTER UPDATE ON round_stop REFERENCING NEW TABLE AS moved
  FOR EACH STATEMENT EXECUTE FUNCTION log_stop_changes();
CREATE TRIGGER round_stop_removed AFTER DELETE ON round_stop REFERENCING OLD TABLE AS moved
  FOR EACH STATEMENT EXECUTE FUNCTION log_stop_changes();

-- Rows of before; an owner without BYPASSRLS must see them to fill them in.
ALTER TABLE round_stop NO FORCE ROW LEVEL SECURITY;
ALTER TABLE round NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture_event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE place NO FORCE ROW LEVEL SECURITY;
ALTER TABLE metering_point NO FORCE ROW LEVEL SECURITY;
ALTER TABLE round_stop DISABLE TRIGGER round_stop_changed;
UPDATE round_stop s SET house_id = house_of(p.place_id)
  FROM metering_point p WHERE p.id = s.point_id;
UPDATE round_stop s
   SET visited_at = (e.canonical::jsonb #>> '{at,wall}')::timestamptz, visited_by = e.user_id,
       visited_source = e.canonical::jsonb #>> '{body,source}'
  FROM capture_event e WHERE e.id = s.event_id;
ALTER TABLE round_stop ENABLE TRIGGER round_stop_changed;

CREATE INDEX "round_stop_round_id_house_id_sequence_idx"
  ON "round_stop"("round_id", "house_id", "sequence");
CREATE INDEX "round_stop_house_id_visited_at_idx" ON "round_stop"("house_id", "visited_at");

-- 2. Everybody a round was given to --------------------------------------------------------------
CREATE TABLE "round_reader" (
    "round_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "round_reader_pkey" PRIMARY KEY ("round_id","user_id")
);
INSERT INTO round_reader (round_id, user_id, org_id, from_at)
  SELECT id, assignee_id, org_id, created_at FROM round WHERE assignee_id IS NOT NULL;

CREATE FUNCTION note_round_reader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO round_reader (round_id, user_id, org_id)
  VALUES (NEW.id, NEW.assignee_id, NEW.org_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER round_reader_noted AFTER INSERT OR UPDATE OF assignee_id ON round
  FOR EACH ROW WHEN (NEW.assignee_id IS NOT NULL) EXECUTE FUNCTION note_round_reader();

-- 3. Sectors -------------------------------------------------------------------------------------
CREATE TABLE "sector" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "sector_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sector_org_id_name_key" ON "sector"("org_id", "name");

CREATE TABLE "sector_place" (
    "sector_id" INTEGER NOT NULL,
    "place_id" INTEGER NOT NULL,
    "org_id" INTEGER NOT NULL,

    CONSTRAINT "sector_place_pkey" PRIMARY KEY ("sector_id","place_id")
);

-- 4. Captures that contradict each other ---------------------------------------------------------
CREATE TABLE "capture_dispute" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "round_id" INTEGER,
    "kind" TEXT NOT NULL,
    "a_ts" TIMESTAMPTZ(3) NOT NULL,
    "a_batch" BIGINT NOT NULL DEFAULT 0,
    "a_value" BIGINT NOT NULL,
    "a_source" TEXT NOT NULL,
    "b_ts" TIMESTAMPTZ(3) NOT NULL,
    "b_batch" BIGINT NOT NULL DEFAULT 0,
    "b_value" BIGINT NOT NULL,
    "b_source" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decision" TEXT,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "capture_dispute_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "capture_dispute_meter_id_register_a_ts_a_batch_b_ts_b_batch_key"
  ON "capture_dispute"("meter_id", "register", "a_ts", "a_batch", "b_ts", "b_batch");
CREATE INDEX "capture_dispute_org_id_decided_at_found_at_idx"
  ON "capture_dispute"("org_id", "decided_at", "found_at");
CREATE INDEX "capture_dispute_round_id_idx" ON "capture_dispute"("round_id");

-- 5. Notes about meters --------------------------------------------------------------------------
CREATE TABLE "meter_note" (
    "event_id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "text" TEXT NOT NULL,
    "photos" TEXT[],

    CONSTRAINT "meter_note_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "meter_note_meter_id_at_idx" ON "meter_note"("meter_id", "at");
INSERT INTO meter_note (event_id, org_id, meter_id, user_id, at, text, photos)
  SELECT id, org_id, (canonical::jsonb #>> '{body,meterId}')::int, user_id,
         (canonical::jsonb #>> '{at,wall}')::timestamptz, canonical::jsonb #>> '{body,note}', '{}'
    FROM capture_event
   WHERE type = 'meter.note' AND result = 'stored'
     AND canonical::jsonb #>> '{body,meterId}' ~ '^\d{1,9}$'
     AND canonical::jsonb #>> '{body,note}' IS NOT NULL;

ALTER TABLE round_stop FORCE ROW LEVEL SECURITY;
ALTER TABLE round FORCE ROW LEVEL SECURITY;
ALTER TABLE capture_event FORCE ROW LEVEL SECURITY;
ALTER TABLE place FORCE ROW LEVEL SECURITY;
ALTER TABLE metering_point FORCE ROW LEVEL SECURITY;

-- 6. What is due is found by an index ------------------------------------------------------------
CREATE INDEX "meter_org_id_verification_due_on_idx" ON "meter"("org_id", "verification_due_on");
DROP INDEX "meter_delivery_org_id_idx";
CREATE INDEX "meter_delivery_org_id_last_at_idx" ON "meter_delivery"("org_id", "last_at");

-- 7. Row-level security; notes are evidence: nobody changes one ----------------------------------
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['round_reader', 'sector', 'sector_place', 'capture_dispute',
                           'meter_note'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY org ON %I USING (org_id = app_org()) '
      'WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO kilter_app', t);
  END LOOP;
END $$;
GRANT UPDATE, DELETE ON sector, sector_place TO kilter_app;
GRANT UPDATE ON capture_dispute TO kilter_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO kilter_app;
