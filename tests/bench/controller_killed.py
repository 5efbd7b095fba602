"""On a real FreeSWITCH: the controller of two hundred callers in line and of a talk is killed; when another has taken each up."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

CALLERS = 200


def measure() -> dict[str, Any]:
    what = f"a controller killed with {CALLERS} callers in line, all of them its own (real FreeSWITCH)"
    if not shutil.which("freeswitch"):
        return {"what": what, "rows": [], "left_out": "there is no freeswitch on this machine"}
    from tests.real_switch import switch_process
    from tests.real_switch.crowd import Crowd
    from tests.real_switch.rig import Rig

    with tempfile.TemporaryDirectory(prefix="cc-", ignore_cleanup_errors=True) as folder:
        directory = Path(folder)
        port = switch_process.free_ports(1)[0]
        switch = switch_process.start(directory / "switch", port)
        rig = Rig(switch, port, directory, switch.connect())
        try:
            taken = Crowd(rig, CALLERS, all_at_one=True).kill_one()
        except (
            AssertionError
        ) as error:  # a machine that is too busy for four hundred channels says nothing of the product
            return {"what": what, "rows": [], "left_out": str(error).splitlines()[0]}
        finally:
            with contextlib.suppress(AssertionError):
                rig.clean_up()
            switch.stop()
    return {
        "what": what,
        "rows": [
            ("calls of the killed controller", taken.killed_with, "", ""),
            ("taken up by the other, the first after", taken.first_s * 1000, "ms", ""),
            (
                "the last after",
                taken.last_s * 1000,
                "ms",
                "<= 1000",
                "real FreeSWITCH, both controllers on this machine",
            ),
            ("calls alive", taken.alive, "", taken.callers, "all callers, and the talk"),
            ("order of the line kept", "yes" if taken.order_kept else "NO", "", "yes"),
        ],
    }
