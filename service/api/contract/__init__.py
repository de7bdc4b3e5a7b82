"""The OpenAPI document: what FastAPI makes of the routes, completed so that generators of clients
in Python and TypeScript make usable code of it.
"""
