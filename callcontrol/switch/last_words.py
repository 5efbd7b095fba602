"""What the far ends of parties' legs said when they hung up. Every controller hears it of every such leg, since the caller comes
back to any."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent

from callcontrol.ports.switch import PARTY_VARIABLE, LastWords
from callcontrol.switch.wire import Frame, peek

KEPT = 500
MOST_HEADERS = 20
LOOK_EVERY_S = 0.02
_PARTY = f"variable_{PARTY_VARIABLE}".encode()
_BYE = "variable_sip_bye_h_"


class LastWordsOf:
    def __init__(self, decode: Callable[[Frame], dict[str, Any]]) -> None:
        self._decode = decode
        self._words: OrderedDict[str, LastWords] = OrderedDict()

    def heard(self, uuid: str, frame: Frame) -> None:
        """The end of any leg; most are none of a party."""
        if not peek(frame.body, _PARTY):
            return
        event = self._decode(frame)
        headers = {str(n)[len(_BYE) :]: str(v) for n, v in event.items() if str(n).startswith(f"{_BYE}X-")}
        cause = str(event.get("Hangup-Cause", ""))
        self._words[uuid] = LastWords(cause, dict(list(headers.items())[:MOST_HEADERS]))
        if len(self._words) > KEPT:
            self._words.popitem(last=False)

    def of(self, leg: str, within_s: float) -> LastWords | None:
        until = monotonic() + within_s
        while leg not in self._words and monotonic() < until:
            gevent.sleep(LOOK_EVERY_S)
        return self._words.get(leg)
