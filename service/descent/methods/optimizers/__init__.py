"""The optimizers of torch.optim that a descent can use. A new one is registered here."""

from typing import Annotated

from pydantic import Field

from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd

Optimizer = Annotated[Sgd | Adam | AdamW | RmsProp, Field(discriminator="kind")]
