"""The configuration that acts now, as the journal tells it."""

from __future__ import annotations

from typing import Any

import structlog

from callcontrol.desk.follower import Follower
from callcontrol.values.configuration import Configuration, from_data
from callcontrol.values.configuration_reading import ConfigurationError


class Published:
    """The configuration that acts now, as the journal tells it; read anew only when it changed."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._read: tuple[Any, int, Configuration] = (None, 0, Configuration())

    def current(self) -> tuple[int, Configuration]:
        floor: Any = self._follower.floor
        if self._read[0] is not floor.configuration:
            try:
                self._read = floor.configuration, floor.release, from_data(floor.configuration)
            except ConfigurationError as error:  # of a newer release of this program: what we have goes on
                self._read = floor.configuration, *self._read[1:]
                structlog.get_logger().error("a release can't be read here", release=floor.release, error=str(error))
        return self._read[1], self._read[2]
