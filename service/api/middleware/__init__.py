"""The middleware of all requests: identification, logging, access, load shedding and tracing."""
