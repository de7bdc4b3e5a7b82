"""`python -m coaster_client` is the command `coaster`."""

import sys

from coaster_client.command import main

sys.exit(main())
