"""The reading of the files of jobs: as a whole, or each part reduced to its factor."""

from collections.abc import Sequence
from functools import partial
from pickle import PickleBuffer

from orjson import loads

from service.descent.methods.bounds import MAX_FACTORS
from service.descent.methods.option import RuleError
from service.descent.questions.budget import affordable
from service.descent.questions.file import FileSetting
from service.descent.questions.fit import FitSpec
from service.descent.questions.series import SeriesCount, SeriesQuestion
from service.descent.questions.sweep import SweepSpec
from service.descent.questions.table import Extract, File
from service.jobs.claim import Claim
from service.jobs.files import StoredFile
from service.jobs.job import Failure
from service.jobs.parts import PART_SECONDS, PartFailedError, factor_of, factors_of
from service.jobs.storage import files
from service.jobs.storage.store import Store, insistently
from service.pool.interface import FitPool


async def question_of_file(
    store: Store, claim: Claim, file: StoredFile
) -> FitSpec | SweepSpec | SeriesQuestion:
    """Return the question of a job, or of a part of series, whose file a worker reads as a whole.
    Raises DamagedJobError or LostClaimError.
    """
    content = await _pieces(store, claim, range(file.pieces))
    sent = File(file.kind, [*map(PickleBuffer, content)])
    question = claim.file_settings().question(sent, file.max_seconds)
    assert isinstance(question, FitSpec | SweepSpec | SeriesQuestion)
    return question


async def counted(pool: FitPool, question: SeriesQuestion) -> tuple[int, float]:
    """Return the number of the series of a file, and the CPU seconds that they are predicted to
    take. Raises PoolError.
    """
    count = SeriesCount(
        choices=question.choices, points=question.points, max_seconds=question.max_seconds
    )
    found = loads(await pool.answer(count, count.seconds))
    return found["series"], found["seconds"]


async def reduced(
    store: Store, pool: FitPool, claim: Claim, file: StoredFile, pieces: range
) -> bytes:
    """Return the answer of a worker that reduces a part of a file, which has these pieces, to its
    factor. Raises DamagedJobError, LostClaimError or PoolError.
    """
    content = await _pieces(store, claim, pieces)
    head = content[0]
    if pieces.start > 0:
        (head,) = await _pieces(store, claim, range(1))
    extract = Extract(head, file.part(pieces).line)
    part = File(file.kind, [*map(PickleBuffer, content)], extract=extract)
    question = _settings(claim).part(part, file.max_seconds)
    return await pool.answer(question, PART_SECONDS)


async def merged(
    pool: FitPool, claim: Claim, file: StoredFile, endings: Sequence[bytes]
) -> FitSpec | SweepSpec:
    """Return the question of a job about the factors of the parts of its file, given their last
    events. Raises PartFailedError if no point counts, or if the question breaks a rule or costs too
    much now that its points are known, and PoolError.
    """
    factors, settings = factors_of(endings), _settings(claim)
    while len(factors) > MAX_FACTORS:
        groups = [factors[at : at + MAX_FACTORS] for at in range(0, len(factors), MAX_FACTORS)]
        questions = [settings.merging(group) for group in groups]
        factors = [factor_of(await pool.answer(each, each.seconds)) for each in questions]
    try:
        question = settings.merged(factors)
        question.check()
        affordable(question, file.max_seconds)
    except RuleError as error:
        raise PartFailedError(Failure(error.code, f"{error}.")) from None
    assert isinstance(question, FitSpec | SweepSpec)
    return question


def _settings(claim: Claim) -> FileSetting:
    """Return the settings of a fit or a sweep about a file."""
    settings = claim.file_settings()
    assert isinstance(settings, FileSetting)
    return settings


async def _pieces(store: Store, claim: Claim, numbers: range) -> list[bytes]:
    """Return some pieces of the file of a job. Raises DamagedJobError or LostClaimError."""
    return [
        await insistently(partial(store.read, files.piece, claim.whole, number=number))
        for number in numbers
    ]
