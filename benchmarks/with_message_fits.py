"""Coaster with another maximum of fits in one message than `service/pool/scheduling.py` says."""

import os
import sys

from service.pool import scheduling

if __name__ == "__main__":
    port, message_fits = sys.argv[1:]
    scheduling.MESSAGE_FITS = int(message_fits)
    # The pool takes the number when it is imported.
    from service import logs
    from service.app import create_app
    from service.server import serve
    from service.settings import from_environment

    settings = from_environment(os.environ | {"COASTER_PORT": port})
    logs.configure("json", settings.log_level)
    serve(create_app(settings), settings)
