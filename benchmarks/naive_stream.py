"""The steps of a fit as server-sent events, one a step, as one would write it with FastAPI's
own.
"""

from collections.abc import AsyncIterable

import torch
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

app = FastAPI()


class FitRequest(BaseModel):
    t: list[float]
    y: list[float]
    lr: float = 1e-5
    steps: int = 10


class Step(BaseModel):
    step: int
    loss: float
    a: float
    b: float
    c: float


@app.post("/fit/stream", response_class=EventSourceResponse)
async def stream(request: FitRequest) -> AsyncIterable[Step]:
    """All that is computed is the first step: what is measured is how the steps travel."""
    t, y = (
        torch.tensor(request.t, dtype=torch.float64),
        torch.tensor(request.y, dtype=torch.float64),
    )
    params = torch.ones(3, dtype=torch.float64)
    loss = ((params[0] * t**2 + params[1] * t + params[2] - y) ** 2).mean().item()
    a, b, c = params.tolist()
    for step in range(request.steps + 1):
        yield Step(step=step, loss=loss, a=a, b=b, c=c)
