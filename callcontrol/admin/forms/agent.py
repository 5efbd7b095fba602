"""The form of an agent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField, ValidationError

from callcontrol.admin.forms.fields import LONGEST_TITLE, AmountField, DraftForm, short
from callcontrol.values.configuration import Agent
from callcontrol.values.configuration_checks import CONTACT, LEVELS, MOST_WEIGHT

SKILL = re.compile(r"[a-z][a-z0-9_]{0,39}")
SPARE_SKILLS = 3  # empty rows for new skills


class AgentForm(DraftForm):
    name = StringField(_("Number"))
    title = StringField(_("Name"))
    contact = StringField(_("Phone"))
    max_misses = AmountField(
        _("Misses before a break"),
        0,
        100,
        "",
        whole=True,
        help=_("After so many calls not taken, the agent is put on break."),
    )
    team = StringField(_("Team"))
    lead = BooleanField(_("May switch emergency messages by telephone"))
    order = AmountField(
        _("Place in the list"), 0, 100_000, "", whole=True, help=_("For the strategy “first of the list”: the smaller first.")
    )  # fmt: skip
    weight = AmountField(
        _("Weight"), 0, MOST_WEIGHT, "", help=_("For the strategy by weights: twice the weight, twice the calls.")
    )

    skills: dict[str, int]
    skill_rows: list[tuple[str, str, str]]  # name, level, what is wrong

    def validate_title(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def validate_team(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def validate_contact(self, field: StringField) -> None:
        if not CONTACT.fullmatch((field.data or "").strip()):
            raise ValidationError(
                gettext(
                    "This is no phone; write user/1001 or sofia/internal/1001@host:port or sofia/gateway/NAME/NUMBER."
                )
            )

    def take_skills(self, names: Sequence[str], levels: Sequence[str]) -> bool:
        """Read the rows of the skill table; False if one is wrong (it is kept with a sentence beside it)."""
        self.skills, self.skill_rows, good = {}, [], True
        for typed, level in zip(names, levels, strict=False):
            name, problem = typed.strip(), ""
            if not name and not level.strip():
                continue
            if not SKILL.fullmatch(name) or name in ("and", "or", "not"):
                problem = gettext("A skill's name is small letters, digits and _, such as billing.")
            elif not re.fullmatch(r"[0-9]{1,2}", level.strip()) or int(level) not in LEVELS:
                problem = gettext("A level is a whole number from 0 to %(greatest)s.", greatest=LEVELS[-1])
            elif name in self.skills:
                problem = gettext("This skill is written twice; keep one.")
            else:
                self.skills[name] = int(level)
            good = good and not problem
            self.skill_rows.append((typed, level, problem))
        self.spare_rows()
        return good

    def show_skills(self, skills: Mapping[str, int]) -> None:
        self.skills = dict(skills)
        self.skill_rows = [(name, str(level), "") for name, level in sorted(skills.items())]
        self.spare_rows()

    def spare_rows(self) -> None:
        self.skill_rows += [("", "", "")] * SPARE_SKILLS

    def agent(self, before: Agent) -> Agent:
        return replace(
            before,
            title=(self.title.data or "").strip(),
            contact=(self.contact.data or "").strip(),
            max_misses=int(self.max_misses.number),
            team=(self.team.data or "").strip(),
            lead=bool(self.lead.data),
            order=int(self.order.number),
            weight=self.weight.number,
            skills=self.skills,
        )


def agent_values(agent: Agent) -> dict[str, Any]:
    amounts = {name: f"{getattr(agent, name):g}" for name in ("max_misses", "order", "weight")}
    return {
        "name": agent.name,
        "title": agent.title,
        "contact": agent.contact,
        "team": agent.team,
        "lead": agent.lead,
        **amounts,
    }
