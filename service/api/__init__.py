"""The HTTP interface: its entrance, endpoints, request and answer schemas, streams and problems."""
