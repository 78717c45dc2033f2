-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "user" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "locale" TEXT,
    "two_factor_enabled" BOOLEAN,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "two_factor" (
    "id" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "backup_codes" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "verified" BOOLEAN DEFAULT true,
    "failed_verification_count" INTEGER DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),

    CONSTRAINT "two_factor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passkey" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "public_key" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "counter" INTEGER NOT NULL,
    "device_type" TEXT NOT NULL,
    "backed_up" BOOLEAN NOT NULL,
    "transports" TEXT,
    "aaguid" TEXT,
    "created_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "last_request" BIGINT NOT NULL,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organisation" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'Europe/Moscow',
    "currency" TEXT NOT NULL DEFAULT 'RUB',
    "locale" TEXT NOT NULL DEFAULT 'ru',
    "contact" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organisation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "place_id" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "household" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "place_id" INTEGER NOT NULL,
    "account" TEXT,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "to_at" TIMESTAMPTZ(3),
    "facts" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "household_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "household_member" (
    "household_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "hourly_from" TIMESTAMPTZ(3),
    "from_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "to_at" TIMESTAMPTZ(3),

    CONSTRAINT "household_member_pkey" PRIMARY KEY ("household_id","user_id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "code_sha256" BYTEA NOT NULL,
    "role" TEXT NOT NULL,
    "place_id" INTEGER,
    "email" TEXT,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" TEXT,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_mail" (
    "id" SERIAL NOT NULL,
    "to" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "outbox_mail_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "user_id" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "prev_sha256" BYTEA NOT NULL,
    "sha256" BYTEA NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "round" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "house_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "due_on" DATE NOT NULL,
    "assignee_id" TEXT,
    "status" TEXT NOT NULL DEFAULT 'planned',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "round_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "round_stop" (
    "round_id" INTEGER NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "org_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "sequence" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'ahead',
    "event_id" UUID,

    CONSTRAINT "round_stop_pkey" PRIMARY KEY ("round_id","meter_id")
);

-- CreateTable
CREATE TABLE "field_device" (
    "id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT,
    "captured_n" INTEGER NOT NULL DEFAULT 0,
    "epoch" UUID,
    "last_beat_at" TIMESTAMPTZ(3),
    "beat" JSONB,
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "field_device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "capture_event" (
    "id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "device_id" UUID NOT NULL,
    "epoch" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "prev" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "type" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "canonical" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "server_seq" BIGSERIAL NOT NULL,
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "signature" BYTEA NOT NULL,

    CONSTRAINT "capture_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "capture_fork" (
    "id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "device_id" UUID NOT NULL,
    "epoch" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "canonical" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "capture_fork_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change_log" (
    "seq" BIGSERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "xid" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_log_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "photo" (
    "sha256" BYTEA NOT NULL,
    "org_id" INTEGER NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "offset" INTEGER NOT NULL DEFAULT 0,
    "mime" TEXT NOT NULL DEFAULT 'image/jpeg',
    "body" BYTEA NOT NULL,
    "complete" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "user_id" TEXT,

    CONSTRAINT "photo_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "ingest_batch" (
    "id" BIGSERIAL NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "org_id" INTEGER NOT NULL,
    "source_id" INTEGER NOT NULL,
    "source_key" TEXT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "prev_sha256" BYTEA NOT NULL,
    "n_rows" INTEGER NOT NULL,
    "n_new" INTEGER,
    "n_dup" INTEGER,
    "n_conflict" INTEGER,
    "n_reject" INTEGER,
    "body" BYTEA,

    CONSTRAINT "ingest_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ingest_source" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "ingest_source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ingest_reject" (
    "batch_id" BIGINT NOT NULL,
    "row" INTEGER NOT NULL,
    "org_id" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "raw" BYTEA,

    CONSTRAINT "ingest_reject_pkey" PRIMARY KEY ("batch_id","row")
);

-- CreateTable
CREATE TABLE "reading_hot" (
    "ts" TIMESTAMPTZ(3) NOT NULL,
    "value" BIGINT NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "status" SMALLINT NOT NULL DEFAULT 0,

    CONSTRAINT "reading_hot_pkey" PRIMARY KEY ("ts","register","meter_id")
) PARTITION BY RANGE ("ts");

-- CreateTable
CREATE TABLE "reading_day" (
    "meter_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "register" SMALLINT NOT NULL,
    "base" BIGINT NOT NULL,
    "present" BIT(25) NOT NULL,
    "d" INTEGER[],
    "st" BYTEA,

    CONSTRAINT "reading_day_pkey" PRIMARY KEY ("meter_id","register","day")
) PARTITION BY RANGE ("day");

-- CreateTable
CREATE TABLE "reading_month" (
    "meter_id" INTEGER NOT NULL,
    "month" DATE NOT NULL,
    "register" SMALLINT NOT NULL,
    "base" BIGINT NOT NULL,
    "present" VARBIT NOT NULL,
    "d2" SMALLINT[],
    "d4" INTEGER[],
    "st" BYTEA,
    "seal" BYTEA NOT NULL,

    CONSTRAINT "reading_month_pkey" PRIMARY KEY ("meter_id","register","month")
) PARTITION BY RANGE ("month");

-- CreateTable
CREATE TABLE "reading_late" (
    "ts" TIMESTAMPTZ(3) NOT NULL,
    "value" BIGINT NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "status" SMALLINT NOT NULL DEFAULT 0,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "batch_id" BIGINT NOT NULL,

    CONSTRAINT "reading_late_pkey" PRIMARY KEY ("meter_id","register","ts")
);

-- CreateTable
CREATE TABLE "reading_conflict" (
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,
    "batch_id" BIGINT NOT NULL,
    "value" BIGINT NOT NULL,
    "status" SMALLINT NOT NULL DEFAULT 0,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reading_conflict_pkey" PRIMARY KEY ("meter_id","register","ts","batch_id")
);

-- CreateTable
CREATE TABLE "reading_correction" (
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "value" BIGINT NOT NULL,
    "status" SMALLINT NOT NULL DEFAULT 0,
    "method" TEXT NOT NULL,
    "user_id" TEXT,
    "reason" TEXT NOT NULL,
    "old_sha256" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reading_correction_pkey" PRIMARY KEY ("meter_id","register","ts","version")
);

-- CreateTable
CREATE TABLE "balance_hour" (
    "group_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "month" DATE NOT NULL,
    "sum" BIGINT[],
    "expected" INTEGER[],
    "present" INTEGER[],

    CONSTRAINT "balance_hour_pkey" PRIMARY KEY ("group_id","register","month")
);

-- CreateTable
CREATE TABLE "usage_month" (
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "month" DATE NOT NULL,
    "daily" BIGINT[],
    "coverage" SMALLINT[],
    "total" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "usage_month_pkey" PRIMARY KEY ("meter_id","register","month")
);

-- CreateTable
CREATE TABLE "reading_origin" (
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,
    "org_id" INTEGER NOT NULL,
    "batch_id" BIGINT NOT NULL,
    "event_id" UUID,
    "source" TEXT NOT NULL,
    "raw" BYTEA,
    "user_id" TEXT,
    "verdicts" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "reading_origin_pkey" PRIMARY KEY ("meter_id","register","ts","batch_id")
);

-- CreateTable
CREATE TABLE "meter_event" (
    "meter_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "code" TEXT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "meter_event_pkey" PRIMARY KEY ("meter_id","at","code")
);

-- CreateTable
CREATE TABLE "place" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "parent_id" INTEGER,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "sort" INTEGER NOT NULL DEFAULT 0,
    "floor" INTEGER,
    "area_m2" DECIMAL(8,2),
    "persons" INTEGER,
    "object_type" TEXT,
    "latitude" DECIMAL(9,6),
    "longitude" DECIMAL(9,6),

    CONSTRAINT "place_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "metering_point" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "place_id" INTEGER NOT NULL,
    "resource" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hint" TEXT,
    "colour" TEXT,
    "parent_id" INTEGER,

    CONSTRAINT "metering_point_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meter" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "serial" TEXT NOT NULL,
    "manufacturer" TEXT,
    "radio_id" TEXT,
    "radio_version" INTEGER,
    "device_type" INTEGER,
    "model" TEXT,
    "protocol" TEXT NOT NULL DEFAULT 'none',
    "digits" INTEGER NOT NULL DEFAULT 5,
    "decimals" INTEGER NOT NULL DEFAULT 3,
    "verification_due_on" DATE,
    "module_id" INTEGER,
    "module_channel" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "meter_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "to_at" TIMESTAMPTZ(3),
    "start_registers" JSONB NOT NULL DEFAULT '[]',
    "end_registers" JSONB,
    "seals" TEXT[],

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "register_type" (
    "id" SMALLINT NOT NULL,
    "obis" TEXT NOT NULL,
    "quantity" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "scale" SMALLINT NOT NULL,
    "resource" TEXT,
    "zone" SMALLINT NOT NULL DEFAULT 0,

    CONSTRAINT "register_type_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "register" (
    "meter_id" INTEGER NOT NULL,
    "register" SMALLINT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "multiplier" DECIMAL(14,6) NOT NULL DEFAULT 1,
    "digits" INTEGER NOT NULL DEFAULT 5,
    "decimals" INTEGER NOT NULL DEFAULT 3,

    CONSTRAINT "register_pkey" PRIMARY KEY ("meter_id","register")
);

-- CreateTable
CREATE TABLE "meter_key" (
    "meter_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "org_id" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "meter_key_pkey" PRIMARY KEY ("meter_id","kind","version")
);

-- CreateTable
CREATE TABLE "concentrator" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "place_id" INTEGER,
    "serial" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "capacity" INTEGER NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "concentrator_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "communication_module" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "concentrator_id" INTEGER,
    "serial" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "channels" SMALLINT NOT NULL DEFAULT 1,
    "last_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "communication_module_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pulse_channel" (
    "module_id" INTEGER NOT NULL,
    "channel" SMALLINT NOT NULL,
    "org_id" INTEGER NOT NULL,
    "meter_id" INTEGER,
    "pulse_weight" DECIMAL(14,6) NOT NULL DEFAULT 1,
    "start_value" DECIMAL(18,6) NOT NULL DEFAULT 0,
    "flags" TEXT[],

    CONSTRAINT "pulse_channel_pkey" PRIMARY KEY ("module_id","channel")
);

-- CreateTable
CREATE TABLE "tariff" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "resource" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "valid_from" DATE NOT NULL,
    "valid_to" DATE,
    "body" JSONB NOT NULL,

    CONSTRAINT "tariff_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "weather_hour" (
    "org_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "temp_cdeg" INTEGER NOT NULL,

    CONSTRAINT "weather_hour_pkey" PRIMARY KEY ("org_id","at")
);

-- CreateTable
CREATE TABLE "install_request" (
    "id" UUID NOT NULL,
    "org_id" INTEGER NOT NULL,
    "place_id" INTEGER NOT NULL,
    "user_id" TEXT,
    "invitation_id" INTEGER,
    "status" TEXT NOT NULL DEFAULT 'submitted',
    "body" JSONB NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "reason" TEXT,

    CONSTRAINT "install_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_run" (
    "id" SERIAL NOT NULL,
    "org_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "file_name" TEXT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "user_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rows_total" INTEGER NOT NULL DEFAULT 0,
    "rows_kept" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "import_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_reject" (
    "run_id" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "org_id" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "import_reject_pkey" PRIMARY KEY ("run_id","line")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_key" ON "session"("token");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "account_user_id_idx" ON "account"("user_id");

-- CreateIndex
CREATE INDEX "verification_identifier_idx" ON "verification"("identifier");

-- CreateIndex
CREATE INDEX "two_factor_user_id_idx" ON "two_factor"("user_id");

-- CreateIndex
CREATE INDEX "passkey_user_id_idx" ON "passkey"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "rate_limit_key_key" ON "rate_limit"("key");

-- CreateIndex
CREATE INDEX "membership_user_id_idx" ON "membership"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "membership_org_id_user_id_role_place_id_key" ON "membership"("org_id", "user_id", "role", "place_id");

-- CreateIndex
CREATE INDEX "household_place_id_idx" ON "household"("place_id");

-- CreateIndex
CREATE INDEX "household_member_user_id_idx" ON "household_member"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_code_sha256_key" ON "invitation"("code_sha256");

-- CreateIndex
CREATE INDEX "invitation_org_id_idx" ON "invitation"("org_id");

-- CreateIndex
CREATE INDEX "audit_log_org_id_at_idx" ON "audit_log"("org_id", "at");

-- CreateIndex
CREATE INDEX "round_org_id_due_on_idx" ON "round"("org_id", "due_on");

-- CreateIndex
CREATE INDEX "round_assignee_id_idx" ON "round"("assignee_id");

-- CreateIndex
CREATE INDEX "field_device_org_id_idx" ON "field_device"("org_id");

-- CreateIndex
CREATE INDEX "capture_event_org_id_server_seq_idx" ON "capture_event"("org_id", "server_seq");

-- CreateIndex
CREATE UNIQUE INDEX "capture_event_device_id_epoch_n_key" ON "capture_event"("device_id", "epoch", "n");

-- CreateIndex
CREATE INDEX "change_log_org_id_scope_xid_seq_idx" ON "change_log"("org_id", "scope", "xid", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "ingest_batch_source_id_source_key_key" ON "ingest_batch"("source_id", "source_key");

-- CreateIndex
CREATE UNIQUE INDEX "ingest_source_org_id_kind_name_key" ON "ingest_source"("org_id", "kind", "name");

-- CreateIndex
CREATE INDEX "place_org_id_kind_idx" ON "place"("org_id", "kind");

-- CreateIndex
CREATE INDEX "place_parent_id_idx" ON "place"("parent_id");

-- CreateIndex
CREATE INDEX "metering_point_place_id_idx" ON "metering_point"("place_id");

-- CreateIndex
CREATE INDEX "metering_point_org_id_resource_idx" ON "metering_point"("org_id", "resource");

-- CreateIndex
CREATE INDEX "meter_org_id_radio_id_idx" ON "meter"("org_id", "radio_id");

-- CreateIndex
CREATE UNIQUE INDEX "meter_org_id_serial_manufacturer_key" ON "meter"("org_id", "serial", "manufacturer");

-- CreateIndex
CREATE INDEX "installation_meter_id_idx" ON "installation"("meter_id");

-- CreateIndex
CREATE INDEX "installation_point_id_idx" ON "installation"("point_id");

-- CreateIndex
CREATE UNIQUE INDEX "concentrator_org_id_serial_key" ON "concentrator"("org_id", "serial");

-- CreateIndex
CREATE UNIQUE INDEX "communication_module_org_id_serial_key" ON "communication_module"("org_id", "serial");

-- CreateIndex
CREATE INDEX "tariff_org_id_resource_valid_from_idx" ON "tariff"("org_id", "resource", "valid_from");

-- CreateIndex
CREATE INDEX "install_request_org_id_status_idx" ON "install_request"("org_id", "status");

-- CreateIndex
CREATE INDEX "import_run_org_id_at_idx" ON "import_run"("org_id", "at");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "two_factor" ADD CONSTRAINT "two_factor_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passkey" ADD CONSTRAINT "passkey_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organisation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_place_id_fkey" FOREIGN KEY ("place_id") REFERENCES "place"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "household" ADD CONSTRAINT "household_place_id_fkey" FOREIGN KEY ("place_id") REFERENCES "place"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "household_member" ADD CONSTRAINT "household_member_household_id_fkey" FOREIGN KEY ("household_id") REFERENCES "household"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "household_member" ADD CONSTRAINT "household_member_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "round" ADD CONSTRAINT "round_house_id_fkey" FOREIGN KEY ("house_id") REFERENCES "place"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "round_stop" ADD CONSTRAINT "round_stop_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "round"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "round_stop" ADD CONSTRAINT "round_stop_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "place" ADD CONSTRAINT "place_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "place"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "metering_point" ADD CONSTRAINT "metering_point_place_id_fkey" FOREIGN KEY ("place_id") REFERENCES "place"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "metering_point" ADD CONSTRAINT "metering_point_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "metering_point"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meter" ADD CONSTRAINT "meter_module_id_fkey" FOREIGN KEY ("module_id") REFERENCES "communication_module"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_point_id_fkey" FOREIGN KEY ("point_id") REFERENCES "metering_point"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "register" ADD CONSTRAINT "register_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "register" ADD CONSTRAINT "register_register_fkey" FOREIGN KEY ("register") REFERENCES "register_type"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meter_key" ADD CONSTRAINT "meter_key_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "concentrator" ADD CONSTRAINT "concentrator_place_id_fkey" FOREIGN KEY ("place_id") REFERENCES "place"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "communication_module" ADD CONSTRAINT "communication_module_concentrator_id_fkey" FOREIGN KEY ("concentrator_id") REFERENCES "concentrator"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pulse_channel" ADD CONSTRAINT "pulse_channel_module_id_fkey" FOREIGN KEY ("module_id") REFERENCES "communication_module"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pulse_channel" ADD CONSTRAINT "pulse_channel_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_reject" ADD CONSTRAINT "import_reject_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "import_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

