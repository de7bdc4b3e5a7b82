"""What a caller of the client may write. mypy reports an ignore that it does not need."""

from coaster_client import Coaster, Fit, FitRequest, SeriesResult, SweepResult


def losses(coaster: Coaster) -> list[float]:
    requests: list[FitRequest] = [{"data": ([0, 1], [2, 3]), "optimizer": {"kind": "adam"}}]
    found: list[float] = []
    for fit in coaster.map(requests):
        found.append(fit.loss)  # type: ignore[union-attr]  # a rejected request has no loss
        if isinstance(fit, Fit):
            found.append(fit.loss)
    coaster.fit(data={"t": [0], "y": [1]}, learning_rate=0.1)  # type: ignore[call-arg]
    coaster.fit(data={"t": [0], "y": [1]}, steps="many")  # type: ignore[arg-type]
    coaster.fit(synthetic={}, lr={"of_limit": 0.5}, fields=("loss", "params"))
    coaster.fit(synthetic={}, fields=5)  # type: ignore[arg-type]
    coaster.fit(data={"t": [0], "y": [1], "e": [2]}, sigma="e", sigma_is="absolute")
    coaster.series(data=([0, 1], [[2, 3]]), steps=10, include=["losses"])
    coaster.series(data=([0, 1], [[2, 3]]), batch_size=1)  # type: ignore[call-arg]
    coaster.series(steps=10)  # type: ignore[call-arg]
    coaster.jobs.create(data=([0, 1], [2, 3]), lr=0.1)
    coaster.jobs.create(kind="sweep", data=([0, 1], [2, 3]), lrs=[0.1], metadata={"run": "1"})
    coaster.jobs.create(kind="series", data=([0, 1], [[2, 3]]), steps=10)
    coaster.jobs.create(kind="series", data="series.arrows", t=[0, 1])
    coaster.append(None, data="points.csv", t="time", y=2)
    coaster.jobs.create(kind="sweep", data=([0, 1], [2, 3]), lr=0.1)  # type: ignore[call-overload]
    found.append(coaster.jobs.wait("id").loss)
    found.append(coaster.jobs.wait("id", SweepResult).runs[0].lr)
    found += filter(None, coaster.jobs.result("id", SeriesResult, fields=["loss"]).loss)
    coaster.jobs.list(status="done")  # type: ignore[arg-type]
    fit = coaster.fit(synthetic={}, scale="standardize")
    found.append(fit.losss)  # type: ignore[attr-defined]
    return [*found, fit.best.loss, *fit.losses]
