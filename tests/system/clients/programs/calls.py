"""What a caller does with the client of openapi-python-client."""

import json
import sys
import time

from coaster_api import AuthenticatedClient
from coaster_api.api.fit import fit, fit_picture
from coaster_api.api.jobs import create_job, read_job, read_job_result
from coaster_api.models import (
    FitJobPointsRequest,
    FitPointsRequest,
    FitResult,
    FitSyntheticRequest,
    Job,
    JobStatus,
    PointsRequest,
    Problem,
    SyntheticRequest,
)
from coaster_api.types import File

client = AuthenticatedClient(base_url=sys.argv[1], token="none")
points = PointsRequest(t=[0, 1, 2, 3, 4], y=[9.1, 4.2, 1.8, 2.3, 5.1])
unequal = PointsRequest(t=[0, 1, 2], y=[1, 3])
lecture = SyntheticRequest()

fitted = fit.sync(client=client, body=FitPointsRequest(data=points, steps=10, seed=42, at=[5]))
assert isinstance(fitted, FitResult)

rejected = fit.sync(client=client, body=FitPointsRequest(data=unequal, lr=0.1))
assert isinstance(rejected, Problem)

drawn = fit_picture.sync(client=client, body=FitSyntheticRequest(synthetic=lecture, seed=42))
assert isinstance(drawn, File)

job = create_job.sync(client=client, body=FitJobPointsRequest(data=points, steps=10, seed=42))
assert isinstance(job, Job)
while job.status in {JobStatus.QUEUED, JobStatus.RUNNING}:
    time.sleep(0.1)
    job = read_job.sync(job.id, client=client)
    assert isinstance(job, Job)
result = read_job_result.sync(job.id, client=client)
assert isinstance(result, FitResult)

answers = {
    "params": fitted.params.to_dict(),
    "converged": fitted.converged,
    "verdict": fitted.verdict.message.en,
    "code": rejected.code,
    "picture": drawn.payload.read(5).decode(),
    "job": result.params.to_dict(),
}
print(json.dumps(answers))
