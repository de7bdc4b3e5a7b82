"""What /metrics tells, as numbers."""

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from tests.support.exchange import Exchange

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Scraped:
    """One scrape."""

    def __init__(self, text: str) -> None:
        samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]
        self._samples: Samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value for sample in samples
        }
        assert len(self._samples) == len(samples)

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value of one series; None where there is none."""
        return self._samples.get((name, frozenset(labels.items())))

    def names(self) -> set[str]:
        return {name for name, _ in self._samples}

    def values(self, label: str) -> set[str]:
        """All values that a label has."""
        return {value for _, labels in self._samples for name, value in labels if name == label}


def scraped(client: httpx.Client) -> Scraped:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Scraped(answer.text)


async def scraped_here(client: httpx.AsyncClient) -> Scraped:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Scraped(answer.text)


async def scraped_in_process(app: FastAPI) -> Scraped:
    answer = await Exchange(app, "GET", "/metrics").begin().ended()
    assert answer.status == 200, answer.content
    return Scraped(answer.content.decode())
