"""What the switch says of the phones that we follow: registered or not, in a call or not. No socket here: events and replies
in, ``PhoneNow`` out.

A contact is ``user/1001`` (found by its registration) or ``sofia/PROFILE/1001@host:port`` (where it is, registered or not);
others, such as a gateway, say nothing about the person behind them.

A caller's number can be forged, so an incoming call counts as an agent's only when it comes from the address at which that
phone is registered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from callcontrol.ports.switch import PhoneNow
from callcontrol.switch.wire import peek

_USER = re.compile(r"user/([^@]+)(?:@(.+))?")
_FIXED = re.compile(r"sofia/(?!gateway/)[^/]+/(?:sips?:)?([^@%/]+)[@%]([^:;]+).*")
_ADDRESS = re.compile(r"[^@]*@(\[[^\]]+\]|[^:;]+)")


@dataclass(slots=True)
class _Phone:
    contact: str
    user: str
    domain: str = ""
    fixed: bool = False
    registered: bool | None = None
    address: str = ""  # where it is on the network, as far as known
    ask: bool = True

    @property
    def query(self) -> str:
        return f"{self.user}@{self.domain}" if self.domain else self.user


@dataclass(frozen=True, slots=True)
class _Leg:
    contact: str
    incoming: bool  # begun at the phone, by what it says
    address: str


class Phones:
    def __init__(self) -> None:
        self._by_contact: dict[str, _Phone] = {}
        self._by_user: dict[str, list[_Phone]] = {}
        self._legs: dict[str, _Leg] = {}  # answered ones
        self.changed: Callable[[], None] = _nobody
        self.doubtful = True  # the legs are to be compared with the switch's list

    def follow(self, contacts: Iterable[str]) -> None:
        """These, and no others, from now on."""
        wanted = set(contacts)
        if wanted == self._by_contact.keys():
            return
        new = wanted - self._by_contact.keys()
        self._by_contact = {c: self._by_contact.get(c) or _phone(c) for c in wanted}
        self._by_user = {}
        for phone in self._by_contact.values():
            if phone.user:
                self._by_user.setdefault(phone.user, []).append(phone)
        self._legs = {leg: of for leg, of in self._legs.items() if of.contact in wanted}
        self.doubtful = self.doubtful or any(self._by_contact[contact].user for contact in new)

    def doubt(self) -> None:
        """Events may have been missed: ask about everything again."""
        self.doubtful = True
        for phone in self._by_contact.values():
            phone.ask = bool(phone.user) and not phone.fixed

    # --- what the switch tells ----------------------------------------------------------------------------------------------
    def registration_event(self, body: bytes) -> None:
        """CUSTOM sofia::register, sofia::unregister, sofia::expire"""
        user = peek(body, b"username") or peek(body, b"from-user") or peek(body, b"user") or ""
        domain = peek(body, b"realm") or peek(body, b"from-host") or peek(body, b"host") or ""
        if peek(body, b"Event-Subclass") == "sofia::register":
            self.registered(user, domain, peek(body, b"network-ip") or "")
        else:
            self.unregistered(user, domain)

    def channel_event(self, name: str | None, uuid: str, body: bytes) -> None:
        """Any event of a leg."""
        if name == "CHANNEL_HANGUP_COMPLETE":
            self.hung_up(uuid)
        elif name == "CHANNEL_ANSWER" and self.follows_any():
            incoming = peek(body, b"Call-Direction") == "inbound"
            user = peek(body, b"Caller-Username" if incoming else b"Channel-Presence-ID")
            name, address = peek(body, b"Channel-Name"), peek(body, b"Caller-Network-Addr")
            self.answered(uuid, incoming=incoming, name=name or "", user=user or "", address=address or "")

    def now(self) -> dict[str, PhoneNow]:
        legs: dict[tuple[str, bool], list[str]] = {}
        for name, leg in self._legs.items():
            if not leg.incoming or leg.address == self._by_contact[leg.contact].address:
                legs.setdefault((leg.contact, leg.incoming), []).append(name)
        return {
            c: PhoneNow(phone.registered, tuple(legs.get((c, True), ())), tuple(legs.get((c, False), ())))
            for c, phone in self._by_contact.items()
        }

    # --- registrations ------------------------------------------------------------------------------------------------------
    def to_ask(self) -> list[str]:
        """Users whose registration is to be looked up (``user`` or ``user@domain``)."""
        return sorted({phone.query for phone in self._by_contact.values() if phone.ask})

    def told(self, query: str, contact: str | None) -> None:
        """The answer: where the user is registered, "" for nowhere, None when the switch can't say."""
        for phone in self._by_contact.values():
            if phone.query == query and not phone.fixed:
                phone.ask = False
                phone.registered = None if contact is None else bool(contact)
                found = _ADDRESS.match(contact or "")
                if not phone.registered:
                    phone.address = ""
                elif found and not phone.address:
                    phone.address = found[1].strip("[]")

    def registered(self, user: str, domain: str, address: str) -> None:
        for phone in self._of(user, domain):
            if not phone.fixed:
                phone.registered, phone.address, phone.ask = True, address, False
                self.changed()

    def unregistered(self, user: str, domain: str) -> None:
        """One device of the user is gone; whether another is there is to be asked."""
        for phone in self._of(user, domain):
            phone.ask = not phone.fixed
            self.changed()

    def _of(self, user: str, domain: str) -> Iterator[_Phone]:
        for phone in self._by_user.get(user, ()):
            if not phone.domain or not domain or phone.domain == domain:
                yield phone

    # --- calls --------------------------------------------------------------------------------------------------------------
    def follows_any(self) -> bool:
        return bool(self._by_user)

    def answered(self, leg: str, *, incoming: bool, name: str, user: str, address: str) -> None:
        """A leg talks. ``user`` is who is called (``presence_id``) or, ``incoming``, who says to be calling."""
        name_, _, domain = user.partition("@")
        fixed = _FIXED.fullmatch(name)
        for phone in self._by_user.get(name_ or (fixed[1] if fixed else ""), ()):
            if incoming:
                mine = bool(address) and (not phone.address or phone.address == address)  # see now()
            elif phone.fixed:
                mine = name == phone.contact.replace("sip:", "", 1)
            else:
                mine = bool(user) and (not phone.domain or not domain or phone.domain == domain)
            if mine:
                self._legs[leg] = _Leg(phone.contact, incoming, address)
                if incoming:
                    self.changed()
                return

    def hung_up(self, leg: str) -> None:
        gone = self._legs.pop(leg, None)
        if gone is not None and gone.incoming:
            self.changed()

    def missing(self, there: Mapping[str, object]) -> list[str]:
        """Legs that we know of and that the switch's list lacks."""
        return [leg for leg in self._legs if leg not in there]


def _phone(contact: str) -> _Phone:
    if by_user := _USER.fullmatch(contact):
        return _Phone(contact, by_user[1], by_user[2] or "")
    if fixed := _FIXED.fullmatch(contact):
        return _Phone(contact, fixed[1], fixed=True, address=fixed[2], ask=False)
    return _Phone(contact, "", ask=False)


def _nobody() -> None:
    return
