"""What a descent begins with, whatever its model: the points, which of them it sees, and what the
one generator draws.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from service.descent.arrays import Array
from service.descent.frozen import frozen
from service.descent.points.dataset import Dataset, Split, load, split
from service.descent.points.scaling import Frame, frame
from service.descent.questions.options import Precision
from service.descent.questions.specs import Question


@frozen
class Sample:
    """`points` are all, `split` says which the descent sees; the frame is of those. `drawn` (p,) is
    normal, for a random start.

    `random` is the state of the generator when all this is drawn: batches go on from there. None
    where there are none.
    """

    spec: Question
    precision: Precision
    points: Dataset
    split: Split
    frame: Frame
    drawn: Array
    random: Tensor | None


def sample(spec: Question, precision: Precision) -> Sample:
    """Draws the noise, then the start, then the split.

    Raises NotComputableError where synthetic y are too large.
    """
    generator = Generator().manual_seed(spec.seed)
    points = load(spec, generator)
    drawn = np.array(torch.randn(spec.model.size, generator=generator).tolist())
    parts = split(points, spec.validation, generator)
    state = None if spec.batch_size is None else generator.get_state()
    return Sample(spec, precision, points, parts, frame(parts.training.t), drawn, state)
