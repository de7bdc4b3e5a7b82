"""Ours beside what one would write instead: ratios within one run."""
