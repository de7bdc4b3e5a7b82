"""What every request passes: identification, logging, access, load shedding and tracing."""
