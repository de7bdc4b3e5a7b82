"""The lecture's loop in torch: models, losses, optimizers, schedules and batches."""
