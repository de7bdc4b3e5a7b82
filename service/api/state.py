"""The state that all requests of one application share, and the client of each request."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request

from service.api.measures import Measures
from service.api.quotas import Fits
from service.api.streaming.slots import Streams
from service.jobs.jobs import Jobs
from service.pool.interface import FitPool
from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """Everything that routes and middleware need, from the start of the application to its end."""

    settings: Settings
    measures: Measures
    pool: FitPool
    """The workers that answer requests."""
    jobs: Jobs
    fits: Fits
    """The fits of each client that run or wait."""
    streams: Streams
    """The streams that are open."""


def state_of(app: FastAPI) -> AppState:
    """Return the state of an application that has started."""
    state: AppState = app.state.coaster
    return state


def app_state(request: Request) -> AppState:
    """Return the state of the application that answers this request."""
    return state_of(request.app)


def owner(request: Request) -> str:
    """Return the name of the key of a request, or an empty string if no keys are set."""
    name: str = request.scope["state"].get("client", "")
    return name


def client(request: Request) -> str:
    """Return the name of the key of a request, or its address if no keys are set."""
    if name := owner(request):
        return name
    return request.client.host if request.client else ""
