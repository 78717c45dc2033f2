-- A round's package counts the points that a common meter feeds.
CREATE INDEX "metering_point_parent_id_idx" ON "metering_point"("parent_id");
