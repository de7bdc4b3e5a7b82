"""The points to fit: posted or synthetic, split, scaled and factorized."""
