"""Sharing a budget of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgalign.vote.prompt_budget import Choice, affordable, fair_share


def fact(*costs: int) -> Choice:
    return Choice(tuple(f"{cost} tokens" for cost in costs), costs)


def test_what_one_does_not_need_goes_to_the_others() -> None:
    assert fair_share([10, 100, 100], [1, 1, 1], 90) == 40
    assert fair_share([100, 100, 100], [2, 1, 1], 80) == 20
    assert fair_share([10, 10], [1, 1], 90) == 90


def test_a_fact_is_told_shorter_where_it_does_not_fit_and_left_out_where_it_cannot() -> None:
    facts = [fact(30, 20, 10), fact(50), fact(5)]
    assert affordable([facts], [1], 85) == [["30 tokens", "50 tokens", "5 tokens"]]
    assert affordable([facts], [1], 28) == [["20 tokens", "5 tokens"]]
    assert affordable([facts], [1], 4) == [[]]


falling = st.lists(st.integers(1, 60), min_size=1, max_size=3).map(lambda costs: sorted(costs, reverse=True))
entities = st.lists(st.tuples(st.lists(falling, max_size=6), st.integers(1, 3)), min_size=1, max_size=8)


@given(entities, st.integers(0, 500))
def test_the_budget_is_kept_and_enough_is_enough(
    drawn: list[tuple[list[list[int]], int]], budget: int
) -> None:
    wanted = [[fact(*costs) for costs in own] for own, _ in drawn]
    weights = [weight for _, weight in drawn]
    told = affordable(wanted, weights, budget)
    spent = sum(int(line.split()[0]) for own in told for line in own)
    assert spent <= budget
    if sum(fact.costs[0] for own in wanted for fact in own) <= budget:
        assert told == [[fact.texts[0] for fact in own] for own in wanted]


@given(entities, st.integers(0, 500), st.randoms())
def test_an_entity_gets_the_same_wherever_it_stands(
    drawn: list[tuple[list[list[int]], int]], budget: int, random: object
) -> None:
    places = list(range(len(drawn)))
    random.shuffle(places)  # type: ignore[attr-defined]
    wanted = [[fact(*costs) for costs in own] for own, _ in drawn]
    weights = [weight for _, weight in drawn]
    told = affordable(wanted, weights, budget)
    moved = affordable([wanted[place] for place in places], [weights[place] for place in places], budget)
    assert moved == [told[place] for place in places]
