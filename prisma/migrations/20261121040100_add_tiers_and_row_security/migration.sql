-- Partitions, the view over the tiers, and row-level security.

-- 1. Partitions --------------------------------------------------------------------------------
-- Daily for hot rows: a month's index with the meter first costs 35 times the WAL. Partitions are
-- made ahead by ensure_reading_partitions(), nothing falls into a default one unseen.
CREATE FUNCTION ensure_reading_partitions(first_day date, last_day date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  d date := first_day;
  m date;
  y date;
  made int := 0;
BEGIN
  IF last_day - first_day > 90 THEN
    RAISE EXCEPTION 'ensure_reading_partitions: % days at once, at most 90', last_day - first_day;
  END IF;
  -- Two processes may start at once, the lock makes the second one see the first one's work.
  PERFORM pg_advisory_xact_lock(815001);
  WHILE d <= last_day LOOP
    IF to_regclass(format('reading_hot_%s', to_char(d, 'YYYYMMDD'))) IS NULL THEN
      EXECUTE format(
        'CREATE TABLE %I PARTITION OF reading_hot FOR VALUES FROM (%L) TO (%L)',
        'reading_hot_' || to_char(d, 'YYYYMMDD'),
        d::timestamp AT TIME ZONE 'UTC', (d + 1)::timestamp AT TIME ZONE 'UTC');
      made := made + 1;
    END IF;
    m := date_trunc('month', d)::date;
    IF to_regclass(format('reading_day_%s', to_char(m, 'YYYYMM'))) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF reading_day FOR VALUES FROM (%L) TO (%L)',
        'reading_day_' || to_char(m, 'YYYYMM'), m, (m + interval '1 month')::date);
      made := made + 1;
    END IF;
    d := d + 1;
  END LOOP;
  FOR y IN SELECT generate_series(
      date_trunc('year', first_day), date_trunc('year', last_day), interval '1 year')::date LOOP
    PERFORM ensure_archive_partition(y);
  END LOOP;
  RETURN made;
END $$;

CREATE FUNCTION ensure_archive_partition(any_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  y date := date_trunc('year', any_day)::date;
BEGIN
  IF to_regclass(format('reading_month_%s', to_char(y, 'YYYY'))) IS NULL THEN
    EXECUTE format('CREATE TABLE %I PARTITION OF reading_month FOR VALUES FROM (%L) TO (%L)',
      'reading_month_' || to_char(y, 'YYYY'), y, (y + interval '1 year')::date);
  END IF;
END $$;

-- 2. One view over all tiers -------------------------------------------------------------------
-- Slot i of a day or month array is the UTC hour i after its start, the value there is `base` plus
-- the increments up to and including i. `present` says which slots were delivered.
CREATE VIEW reading WITH (security_invoker = true) AS
  SELECT meter_id, register, ts, value, status, 'hot'::text AS tier FROM reading_hot
  UNION ALL
  SELECT meter_id, register, ts, value, status, 'late' FROM reading_late
  UNION ALL
  SELECT r.meter_id, r.register, r.day::timestamp AT TIME ZONE 'UTC' + (s.i - 1) * interval '1 hour',
         s.value, s.status, 'day'
    FROM reading_day r CROSS JOIN LATERAL (
      SELECT u.i, r.base + sum(u.d) OVER (ORDER BY u.i) AS value,
             CASE WHEN r.st IS NULL THEN 0 ELSE get_byte(r.st, u.i::int - 1) END::smallint AS status
        FROM unnest(r.d) WITH ORDINALITY AS u(d, i)) s
   WHERE get_bit(r.present, s.i::int - 1) = 1
  UNION ALL
  SELECT r.meter_id, r.register, r.month::timestamp AT TIME ZONE 'UTC' + (s.i - 1) * interval '1 hour',
         s.value, s.status, 'month'
    FROM reading_month r CROSS JOIN LATERAL (
      SELECT u.i, r.base + sum(u.d) OVER (ORDER BY u.i) AS value,
             CASE WHEN r.st IS NULL THEN 0 ELSE get_byte(r.st, u.i::int - 1) END::smallint AS status
        FROM unnest(CASE WHEN cardinality(r.d4) > 0 THEN r.d4 ELSE r.d2::int[] END)
             WITH ORDINALITY AS u(d, i)) s
   WHERE get_bit(r.present, s.i::int - 1) = 1;

CREATE INDEX reading_hot_ts_brin ON reading_hot USING brin (ts);
CREATE INDEX reading_hot_meter_idx ON reading_hot (meter_id, register, ts DESC);

-- 3. Row-level security ------------------------------------------------------------------------
-- The application works as role kilter_app inside every request's transaction (SET LOCAL ROLE) with
-- app.org set. The role owns nothing and cannot bypass policies, whoever the connection belongs to.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kilter_app') THEN
    CREATE ROLE kilter_app NOLOGIN;
  END IF;
  EXECUTE format('GRANT kilter_app TO %I', current_user);
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE FUNCTION app_org() RETURNS int LANGUAGE sql STABLE AS
  $$ SELECT NULLIF(current_setting('app.org', true), '')::int $$;

GRANT USAGE ON SCHEMA public TO kilter_app;

-- 3a. Tables that carry org_id. Forced, so that even an owner without BYPASSRLS is held to it,
-- sign-in must find memberships and invitations before it knows the organisation, so those two and
-- the organisation itself bind kilter_app only.
DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY org ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    IF t NOT IN ('membership', 'invitation') THEN
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    END IF;
    EXECUTE format('GRANT SELECT, INSERT ON %I TO kilter_app', t);
    -- Evidence is append-only for the application.
    IF t NOT IN ('audit_log', 'capture_event', 'capture_fork', 'ingest_batch', 'ingest_reject',
                 'reading_origin', 'meter_event', 'import_reject', 'change_log') THEN
      EXECUTE format('GRANT UPDATE, DELETE ON %I TO kilter_app', t);
    END IF;
  END LOOP;
END $$;

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY org ON organisation USING (id = app_org()) WITH CHECK (id = app_org());
GRANT SELECT, UPDATE ON organisation TO kilter_app;

ALTER TABLE "user" ENABLE ROW LEVEL SECURITY;
CREATE POLICY org ON "user" USING (EXISTS (
  SELECT FROM membership m WHERE m.user_id = "user".id AND m.org_id = app_org()));
GRANT SELECT (id, name, email, locale) ON "user" TO kilter_app;

GRANT SELECT ON register_type TO kilter_app;
GRANT INSERT ON outbox_mail TO kilter_app;

-- 3b. Tables that belong to an organisation through their meter or metering point.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reading_hot', 'reading_day', 'reading_month', 'reading_late',
                           'reading_conflict', 'reading_correction', 'usage_month'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY org ON %I USING (EXISTS (SELECT FROM meter m '
      'WHERE m.id = meter_id AND m.org_id = app_org())) WITH CHECK (EXISTS (SELECT FROM meter m '
      'WHERE m.id = meter_id AND m.org_id = app_org()))', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO kilter_app', t);
  END LOOP;
END $$;
GRANT UPDATE, DELETE ON usage_month TO kilter_app;

ALTER TABLE balance_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE balance_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON balance_hour USING (EXISTS (
  SELECT FROM metering_point p WHERE p.id = group_id AND p.org_id = app_org()))
  WITH CHECK (EXISTS (
  SELECT FROM metering_point p WHERE p.id = group_id AND p.org_id = app_org()));
GRANT SELECT, INSERT, UPDATE ON balance_hour TO kilter_app;

GRANT SELECT ON reading TO kilter_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO kilter_app;
GRANT EXECUTE ON FUNCTION ensure_reading_partitions(date, date) TO kilter_app;
GRANT EXECUTE ON FUNCTION ensure_archive_partition(date) TO kilter_app;

-- 4. The catalogue of registers (src/lib/domain/register-types.table.ts) ------------------------
INSERT INTO register_type (id, obis, quantity, unit, scale, resource, zone) VALUES
  (1, '1-0:1.8.0', 'energy', 'Wh', 0, 'electricity', 0),
  (2, '1-0:1.8.1', 'energy', 'Wh', 0, 'electricity', 1),
  (3, '1-0:1.8.2', 'energy', 'Wh', 0, 'electricity', 2),
  (4, '1-0:1.8.3', 'energy', 'Wh', 0, 'electricity', 3),
  (5, '1-0:1.8.4', 'energy', 'Wh', 0, 'electricity', 4),
  (6, '1-0:1.8.5', 'energy', 'Wh', 0, 'electricity', 5),
  (7, '1-0:1.8.6', 'energy', 'Wh', 0, 'electricity', 6),
  (8, '1-0:2.8.0', 'energy', 'Wh', 0, 'electricity', 0),
  (9, '1-0:1.7.0', 'power', 'W', 0, 'electricity', 0),
  (10, '8-0:1.0.0', 'volume', 'm3', -3, 'cold-water', 0),
  (11, '9-0:1.0.0', 'volume', 'm3', -3, 'hot-water', 0),
  (12, '7-0:3.0.0', 'volume', 'm3', -3, 'gas', 0),
  (13, '6-0:1.0.0', 'energy', 'Wh', 0, 'heat', 0),
  (14, '6-0:2.0.0', 'volume', 'm3', -3, 'heat', 0),
  (15, '6-0:10.0.0', 'temperature', 'degC', -2, 'heat', 0),
  (16, '6-0:11.0.0', 'temperature', 'degC', -2, 'heat', 0),
  (20, '0-0:96.9.0', 'temperature', 'degC', -2, NULL, 0),
  (21, '0-0:82.8.0', 'pulses', '', 0, NULL, 0);
