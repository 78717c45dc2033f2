-- The same picture may be evidence in two organisations, and neither may learn that the other has
-- it: a picture's name is its content only within one organisation.
ALTER TABLE "photo" DROP CONSTRAINT "photo_pkey",
  ADD CONSTRAINT "photo_pkey" PRIMARY KEY ("org_id", "sha256");
