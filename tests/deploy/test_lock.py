from __future__ import annotations

from dataclasses import replace

import pytest
from releases.direct import BUCKET, Direct

from pymacaron.deploy.failures import HeldError
from pymacaron.deploy.lock import LEASE_S, Holder, Lock, is_running, this_process

KEY = "shop/lock.json"


class Two:
    """Two deployers at one bucket, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.direct = Direct()
        self.direct.buckets.add(BUCKET)
        self.kim, self.lee = (self.lock(name) for name in ("kim", "lee"))

    def lock(self, name: str, lives: bool = True) -> Lock:
        holder = Holder(name, f"{name}s-machine", 1, name)
        return Lock(self.direct, BUCKET, KEY, holder, clock=lambda: self.now, lives=lambda one: lives, renews=False)


def test_one_has_it_and_the_other_is_told_who_and_since_when() -> None:
    two = Two()
    assert (two.kim.take(), two.kim.take()) == (True, False)
    with pytest.raises(HeldError) as caught:
        two.lee.take()
    assert str(caught.value) == (
        "another release is under way: kim on kims-machine (process 1), since 1970-01-01 00:16:40 UTC. "
        "Wait for its end; where it was killed, another may begin 300 seconds from now"
    )
    two.kim.release()
    assert two.direct.objects == {}
    assert two.lee.take()


def test_one_that_is_not_renewed_is_taken_over_and_its_holder_may_change_nothing_more() -> None:
    two = Two()
    two.kim.take()
    two.now += LEASE_S
    assert two.lee.take()
    with pytest.raises(HeldError, match="could not be renewed in time"):
        two.kim.check()
    two.kim.renew()
    with pytest.raises(HeldError, match="was taken over: lee on lees-machine"):
        two.kim.check()
    two.kim.release()
    assert two.lee.holder() is not None
    two.lee.check()


def test_renewed_it_lasts() -> None:
    two = Two()
    two.kim.take()
    two.now += LEASE_S - 1
    two.kim.renew()
    two.now += LEASE_S - 1
    two.kim.check()
    with pytest.raises(HeldError):
        two.lee.take()


@pytest.mark.parametrize("fate", ["lost", "cut"])
def test_an_answer_that_was_lost_changes_nothing(fate: str) -> None:
    two = Two()
    two.direct.happens = lambda number, service, operation: fate if number == 2 else ""
    assert two.kim.take()
    two.kim.check()
    two.kim.release()
    assert two.direct.objects == {}


def test_without_a_bucket_there_is_nothing_to_take() -> None:
    two = Two()
    two.direct.buckets.clear()
    assert two.kim.take() is False
    assert two.kim.holder() is None


def test_what_nobody_can_read_is_taken_over() -> None:
    two = Two()
    two.direct.objects[KEY] = b"?"
    assert two.kim.take()


def test_a_process_of_this_machine_that_is_gone_holds_nothing() -> None:
    me = this_process()
    assert is_running(me)
    assert is_running(replace(me, host="elsewhere", process=2**22 + 1))
    assert not is_running(replace(me, process=2**22 + 1))
