"""The lecture's loop in torch, its curves and its batches."""
