"""What a process spends by itself was taken from the bucket within the last second."""

from hypothesis import given
from hypothesis import strategies as st

from platform_agents.tenancy.lease import LEASE_S, Lease

STEPS = st.lists(
    st.tuples(
        st.floats(0, 2),  # seconds that pass
        st.integers(1, 20),  # what the call costs
        st.floats(0, 1),  # how much of what was wanted the bucket gives
    ),
    max_size=60,
)


@given(STEPS)
def test_nothing_is_spent_that_was_not_taken_within_the_last_second(
    steps: list[tuple[float, int, float]],
) -> None:
    lease, now = Lease(), 1000.0
    taken: list[tuple[float, float]] = []
    spent: list[tuple[float, float]] = []
    for passes_s, cost, part in steps:
        now += passes_s
        if lease.spend(cost, now) is None:
            wanted = lease.wanted(cost, now)
            assert wanted >= cost
            granted = cost + part * (wanted - cost)
            taken.append((now, granted))
            lease.renew(granted - cost, now)
        spent.append((now, cost))
        for since in {at for at, _ in spent}:
            used = sum(cost for at, cost in spent if at >= since)
            assert used <= sum(got for at, got in taken if at > since - LEASE_S) + 1e-6


def test_a_busy_process_asks_less_and_less_often_and_an_idle_one_takes_little() -> None:
    lease, asked = Lease(), []
    for call in range(1000):
        now = call / 1000
        if lease.spend(1, now) is None:
            asked.append(lease.wanted(1, now))
            lease.renew(asked[-1] - 1, now)
    assert len(asked) < 15
    assert asked == sorted(asked)
    for call in range(20):
        now = 10.0 + 5 * call
        if lease.spend(1, now) is None:
            asked.append(lease.wanted(1, now))
            lease.renew(asked[-1] - 1, now)
    assert asked[-1] < 2


def test_what_is_given_back_can_be_spent_until_it_would_have_been_void() -> None:
    lease = Lease()
    lease.renew(3, 0.0)
    until = lease.spend(2, 0.5)
    assert until == LEASE_S
    assert lease.spend(2, 0.5) is None
    lease.refund(2, until)
    assert lease.spend(3, 0.9) is not None
    lease.refund(3, until)
    assert lease.spend(1, 1.0) is None
