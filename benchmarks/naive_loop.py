"""The lecture's fit behind FastAPI, as one would write it in thirty lines."""

import torch
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Data(BaseModel):
    t: list[float]
    y: list[float]


class FitRequest(BaseModel):
    data: Data
    lr: float = 1e-5
    steps: int = 10
    seed: int = 42


def f(t, params):
    a, b, c = params
    return a * (t**2) + (b * t) + c


def mse(preds, targets):
    return ((preds - targets) ** 2).mean()


@app.post("/fit")
async def fit(request: FitRequest):
    time, speed = (
        torch.tensor(request.data.t, dtype=torch.float64),
        torch.tensor(request.data.y, dtype=torch.float64),
    )
    torch.manual_seed(request.seed)
    params = torch.randn(3, dtype=torch.float64).requires_grad_()
    losses = []
    for _ in range(request.steps):
        loss = mse(f(time, params), speed)
        loss.backward()
        params.data -= request.lr * params.grad.data
        params.grad = None
        losses.append(loss.item())
    a, b, c = params.tolist()
    return {"a": a, "b": b, "c": c, "losses": losses}
