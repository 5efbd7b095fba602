"""Flows that supervisors compose in forms: data of the configuration (``values.composed``) to the very same steps and back.

``kinds`` describes the fields of each kind of step, from its own declaration; ``reading`` makes flows of data; ``writing``
data of flows; ``editing`` renames and removes; ``trial`` plays generated stories before publishing; ``source`` is what the
controllers find them by.
"""

from callcontrol.flow.composed.kinds import KINDS, Field, Kind, Shape
from callcontrol.flow.composed.reading import composed_flow, read_flow

__all__ = ["KINDS", "Field", "Kind", "Shape", "composed_flow", "read_flow"]
