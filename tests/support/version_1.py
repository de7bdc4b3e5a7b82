"""A database as the first version left it: before jobs had owners."""

NAMES = {
    "sqlite": {"blob": "BLOB", "real": "DOUBLE"},
    "postgresql": {"blob": "BYTEA", "real": "DOUBLE PRECISION"},
}
"""The names of two types."""
QUEUED, ENDED = "0" * 25 + "1", "0" * 25 + "2"
"""The ids of its two jobs. The first was made with the key "k"."""
TABLES = """
CREATE TABLE coaster_version (number INTEGER NOT NULL);
CREATE TABLE jobs (
    id TEXT NOT NULL, status TEXT NOT NULL, "key" TEXT, digest TEXT, request {blob}, metadata JSON,
    steps BIGINT NOT NULL, record_every BIGINT NOT NULL, position BIGINT,
    attempts INTEGER NOT NULL, claim TEXT, kind TEXT, touched {real} NOT NULL,
    hinted {real} NOT NULL, created_at {real} NOT NULL, started_at {real}, finished_at {real},
    error_code TEXT, error_detail TEXT, expired_at {real}, PRIMARY KEY (id), UNIQUE ("key")
);
CREATE INDEX jobs_ended ON jobs (finished_at) WHERE expired_at IS NULL;
CREATE INDEX jobs_expired ON jobs (expired_at);
CREATE INDEX jobs_status ON jobs (status, id);
CREATE TABLE endings (
    job TEXT NOT NULL, body {blob} NOT NULL, PRIMARY KEY (job),
    FOREIGN KEY(job) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE log (
    job TEXT NOT NULL, last BIGINT NOT NULL, body {blob} NOT NULL, PRIMARY KEY (job, last),
    FOREIGN KEY(job) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE points (
    job TEXT NOT NULL, body {blob} NOT NULL, PRIMARY KEY (job),
    FOREIGN KEY(job) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO coaster_version VALUES (1)
"""
JOB = (
    "INSERT INTO jobs (id, status, {more}digest, request, metadata, steps, record_every, "
    "attempts, touched, hinted, created_at) VALUES "
)
REQUEST = """'d', CAST('{{"lr":0.1}}' AS {blob}), '{{"run":"7"}}', 10, 1, 0, 0, 0, 1700000000)"""
ROWS = f"""
{JOB.format(more='"key", ')} ('{QUEUED}', 'queued', 'k', {REQUEST};
{JOB.format(more="position, finished_at, ")} ('{ENDED}', 'succeeded', -1, 4000000000, {REQUEST};
INSERT INTO points VALUES ('{QUEUED}', CAST('[[1],[2]]' AS {{blob}}));
INSERT INTO log VALUES ('{ENDED}', -1, CAST('started' AS {{blob}}));
INSERT INTO endings VALUES ('{ENDED}', CAST('done' AS {{blob}}))
"""


def statements(dialect: str) -> list[str]:
    """The statements that make it, in SQLite or PostgreSQL."""
    return (TABLES + ";" + ROWS).format(**NAMES[dialect]).split(";")
