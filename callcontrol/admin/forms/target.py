"""The form of an outside party: whom flows may have rung by name."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import lazy_gettext as _
from wtforms import Field, StringField

from callcontrol.admin.forms.fields import LONGEST_TITLE, HelpedField, short, texts
from callcontrol.admin.forms.part import PartForm
from callcontrol.values.configuration import Target


class TargetForm(PartForm[Target]):
    name = HelpedField(_("Name"), help=_("The flow calls it by this name, such as reception."))
    title_zh = StringField(_("Title, Chinese"))
    title_en = StringField(_("Title, English"))
    number = HelpedField(
        _("Telephone number"), help=_("Reached through the setting dial_out. A number or a phone: one of the two.")
    )
    contact = HelpedField(_("Phone or trunk"), help=_("Such as user/1001 or sofia/gateway/NAME/NUMBER."))

    def validate_title_zh(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def validate_title_en(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def show(self, part: Target) -> None:
        self.rows = {}
        self.name.data, self.number.data, self.contact.data = part.name, part.number, part.contact
        self.title_zh.data, self.title_en.data = part.title.get("zh", ""), part.title.get("en", "")

    def made(self, before: Target) -> Target:
        return replace(
            before,
            title=texts(before.title, zh=self.title_zh.data, en=self.title_en.data),
            number=(self.number.data or "").strip(),
            contact=(self.contact.data or "").strip(),
        )

    def home(self) -> Field:
        both_or_none = bool((self.number.data or "").strip()) == bool((self.contact.data or "").strip())
        return self["contact"] if both_or_none or not self.name.data else self["name"]
