-- A phone's data key, wrapped for the organisation: opens sealed work that is handed in without it.
ALTER TABLE "field_device" ADD COLUMN "data_key" TEXT;
