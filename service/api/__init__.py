"""The HTTP interface: routes, request and answer schemas, middleware, streams and problems."""
