from service.pool.turns import Turns


def turns_of(*items: tuple[str, float]) -> Turns[str]:
    """Items of clients with their ranks, named by both."""
    turns: Turns[str] = Turns()
    for client, rank in items:
        turns.add(client, rank, f"{client}{rank:g}")
    return turns


def all_of(turns: Turns[str]) -> list[str]:
    taken = []
    while turns.first:
        taken.append(turns.take()[1])
    return taken


def test_clients_take_turns_in_the_order_in_which_they_came() -> None:
    turns = turns_of(("b", 1), ("b", 2), ("b", 3), ("a", 1), ("a", 2))

    assert all_of(turns) == ["b1", "a1", "b2", "a2", "b3"]


def test_a_client_that_comes_later_waits_for_one_item_of_each_other() -> None:
    turns = turns_of(("a", 1), ("a", 2), ("a", 3))
    turns.take()

    turns.add("b", 1, "b1")

    assert all_of(turns) == ["a2", "b1", "a3"]


def test_the_items_of_a_client_leave_by_rank() -> None:
    assert all_of(turns_of(("a", 3), ("a", 1), ("a", 2))) == ["a1", "a2", "a3"]


def test_items_of_equal_rank_leave_in_the_order_in_which_they_came() -> None:
    turns: Turns[str] = Turns()
    for item in "zxy":
        turns.add("a", 1, item)

    assert all_of(turns) == ["z", "x", "y"]


def test_the_first_item_is_the_one_that_is_taken() -> None:
    turns = turns_of(("a", 2), ("b", 1))

    assert turns.first == "a2"
    assert turns.take() == ("a", "a2")


def test_a_client_at_its_bound_is_passed_over_and_keeps_its_turn() -> None:
    bound: set[str] = set()
    turns: Turns[str] = Turns(bound.__contains__)
    for client in "abab":
        turns.add(client, 1, client)

    bound.add("a")
    assert [turns.take()[0], turns.take()[0]] == ["b", "b"]
    assert turns.first is None

    bound.clear()
    assert all_of(turns) == ["a", "a"]


def test_nothing_is_first_where_nothing_waits() -> None:
    assert turns_of().first is None


def test_an_item_that_is_removed_does_not_leave() -> None:
    turns: Turns[str] = turns_of(("a", 1), ("a", 2), ("b", 1))

    turns.remove("a", turns.first or "")
    turns.remove("c", "c1")

    assert all_of(turns) == ["a2", "b1"]
