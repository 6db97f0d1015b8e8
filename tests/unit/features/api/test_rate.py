"""How often a token may call."""

from rosterkeeper.features.api.rate import A_SECOND, BURST, Rate


def test_after_a_burst_calls_wait_and_then_go_on() -> None:
    now = [0.0]
    rate = Rate(clock=lambda: now[0])
    assert [rate.wait("a") for _ in range(BURST)] == [0] * BURST
    assert rate.wait("a") == 1
    assert rate.wait("b") == 0
    now[0] += 2 / A_SECOND
    assert [rate.wait("a"), rate.wait("a"), rate.wait("a") > 0] == [0, 0, True]
