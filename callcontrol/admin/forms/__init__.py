"""The forms of the draft, one file each: what was typed stays as typed, what is wrong is said at its field, and what a form
does not show is not lost."""

from callcontrol.admin.forms.agent import AgentForm, agent_values
from callcontrol.admin.forms.fields import DraftForm, check_new_name
from callcontrol.admin.forms.queue import QUEUE_PATHS, QueueForm, queue_values

__all__ = ["QUEUE_PATHS", "AgentForm", "DraftForm", "QueueForm", "agent_values", "check_new_name", "queue_values"]
