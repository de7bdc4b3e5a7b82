"""The schedules of the learning rate, as in torch.optim.lr_scheduler. A new one is registered here.

The method `rates(lr, steps)` of a schedule returns the learning rates of a descent of `steps` steps
relative to `lr`, which is one rate or several.
"""

from typing import Annotated

from pydantic import Field

from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay

Schedule = Annotated[
    Constant | StepDecay | Cosine | OneCycle | RateList, Field(discriminator="kind")
]
