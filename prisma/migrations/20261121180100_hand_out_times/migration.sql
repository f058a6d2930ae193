-- When the message that an attempt was claimed by had been handed out; null: it was claimed before it was marked (HO-2).
ALTER TABLE attempts ADD COLUMN handed_out_at timestamptz(3);
