"""The limits of the contract that do not come from a field of a question."""

MAX_HEAD_BYTES = 32 * 1024
"""The maximum size of the headers of a request, in bytes."""
MAX_HEADERS = 100
MAX_TARGET_BYTES = 8 * 1024
"""The maximum size of the path and query of a request, in bytes."""
MAX_METADATA = 16
MAX_NAME = 64
MAX_NOTE = 512
"""The maximum length of a value in the metadata, in characters. `MAX_NAME` is that of a name."""
MAX_KEY = 255
MAX_PAGE = 100
