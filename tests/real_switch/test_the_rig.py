"""The rig itself: what later tests stand on."""

from __future__ import annotations

from tests.real_switch.rig import Rig


def test_a_real_controller_takes_and_answers_a_call(rig: Rig) -> None:
    rig.run_controller()
    caller = rig.caller().answered()
    rig.wait("CHANNEL_EXECUTE", Application="play_and_get_digits", within_s=20)
    assert caller.alive


def test_two_real_controllers_share_the_port_and_one_may_be_killed(rig: Rig) -> None:
    controllers = [rig.run_controller(), rig.run_controller()]
    callers = [rig.caller().answered() for _ in range(4)]
    controllers[0].kill()
    rig.caller().answered()
    assert all(caller.alive for caller in callers)
