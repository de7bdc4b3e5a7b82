"""The losses that a descent can minimise. A new one is registered here.

The method `costs` of a loss (`loss.py`) says what each point costs.
A loss is a square up to residuals of its `delta`, and linear beyond.
"""

from typing import Annotated

from pydantic import Field

from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.losses.mse import Mse

Loss = Annotated[Mse | Mae | Huber, Field(discriminator="kind")]
