from tests.support.service import client, server

__all__ = ["client", "server"]
