"""Comparisons of Coaster with what one would write instead, as ratios within one run."""
