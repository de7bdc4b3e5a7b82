"""The start of a descent, for any model: points, their split, and numbers drawn at random."""

import numpy as np
import torch
from torch import Generator, Tensor

from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.points.dataset import Dataset, SplitPoints, hold_out, load
from service.descent.points.scaling import Frame, frame
from service.descent.questions.options import Precision
from service.descent.questions.setting import Question


@readonly
class Sample:
    """The points and the random numbers of one question.

    `points` are all points. `split` separates the points that the descent sees from the held-out
    ones, and `frame` is the frame of the former. `drawn` (p,) are normally distributed values for a
    random start. `random` is the state of the generator after these draws, from which batches
    continue, or None for full batches.
    """

    spec: Question
    precision: Precision
    points: Dataset
    split: SplitPoints
    frame: Frame
    drawn: Array
    random: Tensor | None


def sample(spec: Question, precision: Precision) -> Sample:
    """Draw the noise, then the start, then the split.

    Raises NotComputableError if the synthetic y are too large.
    """
    generator = Generator().manual_seed(spec.seed)
    points = load(spec, generator)
    drawn = np.array(torch.randn(spec.model.size, generator=generator).tolist())
    parts = hold_out(points, spec.validation, generator)
    state = None if spec.batch_size is None else generator.get_state()
    return Sample(spec, precision, points, parts, frame(parts.training.t), drawn, state)
