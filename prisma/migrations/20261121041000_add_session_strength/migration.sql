-- When a session passed a second factor or a passkey.
ALTER TABLE "session" ADD COLUMN "strong_at" TIMESTAMPTZ(3);
