"""A log in a file or in PostgreSQL is followed as one in memory is."""

from tests.unit.jobs.test_events import (  # noqa: F401 - the same tests, on real databases
    test_a_job_that_failed_ends_with_its_failure,
    test_a_log_is_followed_from_any_step,
    test_a_log_is_followed_while_it_is_written,
    test_a_log_of_any_length_is_followed_to_its_end,
    test_a_reader_that_leaves_does_not_take_the_look_from_the_others,
    test_an_unknown_job_is_not_followed,
    test_owners_do_not_share_looks,
    test_readers_who_want_the_same_share_one_look,
)
