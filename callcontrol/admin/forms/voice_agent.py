"""The form of an outside voice agent, to which flows hand callers over SIP."""

from __future__ import annotations

import re
from dataclasses import replace

from flask_babel import lazy_gettext as _

from callcontrol.admin.forms.fields import AmountField, HelpedField
from callcontrol.admin.forms.part import PartForm
from callcontrol.values.configuration import VoiceAgent
from callcontrol.values.configuration_checks import VOICE_AGENT_LIMITS


class VoiceAgentForm(PartForm[VoiceAgent]):
    name = HelpedField(_("Name"), help=_("The flow calls it by this name, such as bot."))
    contact = HelpedField(
        _("SIP address"), help=_("Such as sofia/gateway/NAME/agent or sofia/internal/agent@host:port.")
    )
    ring_s = AmountField(
        _("Ring it"), *VOICE_AGENT_LIMITS["ring_s"], "s", help=_("Then the flow goes on: unreachable.")
    )
    most_s = AmountField(_("It may talk"), *VOICE_AGENT_LIMITS["most_s"], "s", help=_("The switch ends a longer talk."))
    context = HelpedField(
        _("What it may be sent"),
        help=_("Names of what flows send, such as account, topic. Nothing else leaves the house."),
    )
    facts = HelpedField(_("What it may tell"), help=_("Names of what the call remembers of it, such as topic, solved."))

    def show(self, part: VoiceAgent) -> None:
        self.rows = {}
        self.name.data, self.contact.data = part.name, part.contact
        self.ring_s.data, self.most_s.data = f"{part.ring_s:g}", f"{part.most_s:g}"
        self.context.data, self.facts.data = ", ".join(part.context), ", ".join(part.facts)

    def made(self, before: VoiceAgent) -> VoiceAgent:
        return replace(
            before,
            contact=(self.contact.data or "").strip(),
            ring_s=float(self.ring_s.number),
            most_s=float(self.most_s.number),
            context=names_in(self.context.data),
            facts=names_in(self.facts.data),
        )


def names_in(text: str | None) -> tuple[str, ...]:
    """Names apart by commas or blanks; each once."""
    return tuple(dict.fromkeys(name for name in re.split(r"[\s,;，；、]+", text or "") if name))
