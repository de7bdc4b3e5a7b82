"""The numbers that tune how the pool shares out work and how a worker sends events.

`make calibrate` measures the requests per second with other messages and the steps per second of a
stream. docs/reference/costs.md has the last measurement.
"""

SMALL_SECONDS = 0.01
"""The predicted CPU seconds up to which a fit is small: it ends sooner than a worker is replaced.
This is also the predicted work that a message of small fits, and a worker that is busy with them,
may hold: more would keep its last fit waiting while another worker is idle.
"""
SHORT_SECONDS = 0.1
"""The predicted CPU seconds up to which a fit is short: a reserved worker may compute it. It ends
about as soon as a worker is replaced, which takes 0.09 s or more, so a worker whose client leaves
is not killed. This is a choice between the fits that a reserved worker may take, and the time for
which it keeps a smaller fit waiting.
"""
MESSAGE_FITS = 8
"""The maximum number of small fits in one message: half of the requests of 16 connections. The
larger it is, the less a message costs for each fit. If it holds more than half of what is in
progress, either the API process or the worker sleeps while the other one works. `make calibrate`
measures 4, 8 and 16.
"""
WAITING_SMALL_FITS = 128
"""The number of small fits that may wait for each worker that is soon idle.

With two workers, 256 connections that send small fits are not rejected. A rejected client that
retries at once takes a third of the time of an answer, so that the service answers less the more
clients it has. 128 small fits take less than 0.1 s for a worker, and at most 1.3 s if each of them
takes SMALL_SECONDS.
"""
UNRESPONSIVE_SECONDS = 0.05
"""The time in seconds after which a worker that is busy with one message gets no more messages: it
may be stopped, or busy with a fit that takes longer than predicted. A message of small fits should
take at most a fifth of this time. This is a choice, not a measurement.
"""
STILL_SECONDS = 1.0
"""The time in seconds after which a worker that is busy with a message is looked at, in addition to
STILL_TIMES the predicted time, and between two looks. A worker that stands still is replaced at the
second look. This is a choice: a small fit then waits for two seconds at most.
"""
STILL_TIMES = 3
"""The number of predicted times after which a worker is looked at."""
RESTART_SECONDS = 0.5
"""The pause in seconds before a worker is replaced that did not become ready: its successor will
probably fail as well, and would keep a core busy. This is a choice, not a measurement.
"""
CLOSING_SECONDS = 1.0
"""The time in seconds that a worker may still take to start when the pool closes. Then the
forkserver is killed. The shutdown has two seconds for what follows the last request.
"""
JOB_NICENESS = 10
"""The niceness of workers that run jobs, so that the fits of requests have priority. Of a core that
it shares with a process of niceness 0, such a worker gets a tenth: Linux weighs them 110 to 1,024.
"""

UNREAD_BYTES = 1024 * 1024
"""The size in bytes of the unread events of a stream above which its worker waits. A fit in closed
form makes 30 MB of events in half a second.
"""
EVENT_STEPS = 1000
"""The maximum number of steps in one event. A step of the lecture's fit has four numbers, a loss
and three parameters, so that both limits of an event are about equal. `benchmarks/streams.py`
measures the steps per second.
"""
EVENT_NUMBERS = 4_000
"""The maximum number of numbers in one event of several steps or rows, about 80 kB. A single step
or row may have more. With 5,000 numbers, fifty slow readers of large events took 9 to 11 MB. The
promise that a slow reader costs nothing measures this.
"""
COALESCE_SECONDS = 0.02
"""The time in seconds within which fast steps are joined in one event. Slower steps are sent one by
one. A screen changes once in 17 ms, so a person notices no delay. `benchmarks/streams.py` measures
the steps per second, and the time to the first step, which never waits.
"""
