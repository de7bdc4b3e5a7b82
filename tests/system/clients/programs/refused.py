"""Requests with neither of two fields, and with both: mypy reports each line but the first two."""

from coaster_api.models import (
    FitPointsRequest,
    FitSyntheticRequest,
    PointsRequest,
    SyntheticRequest,
)

points, synthetic = PointsRequest(t=[0], y=[1]), SyntheticRequest()
FitPointsRequest()
FitSyntheticRequest()
FitPointsRequest(data=points, synthetic=synthetic)
FitSyntheticRequest(synthetic=synthetic, data=points)
