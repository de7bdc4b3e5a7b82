"""The points to fit: sent by the caller or synthetic, split, scaled and factorized."""
