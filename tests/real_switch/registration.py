"""A telephone's REGISTER with digest authentication, over UDP, for a phone that listens elsewhere (SIPp)."""

from __future__ import annotations

import hashlib
import re
import socket
import uuid

from tests.real_switch.switch_process import SwitchProcess


class Registration:
    """Registers ``user`` (authenticated as such, the address of record being ``as_user``) on entry, and un-registers on exit.
    ``status`` is the final answer to the first."""

    def __init__(self, switch: SwitchProcess, user: str, password: str, port: int, as_user: str = "") -> None:
        self._server = (switch.plan.sip_ip, switch.plan.sip_port)
        self._user, self._password, self._phone_port = user, password, port
        self._record = as_user or user
        self._call_id = uuid.uuid4().hex
        self._sequence = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.status = 0

    def __enter__(self) -> Registration:
        self.status = self._register(expires=60)
        return self

    def __exit__(self, *_: object) -> None:
        if self.status == 200:
            self._register(expires=0)
        self._socket.close()

    def _register(self, expires: int) -> int:
        status, answer = self._ask(expires, "")
        if status == 401:
            status, _ = self._ask(expires, self._authorization(answer))
        return status

    def _ask(self, expires: int, authorization: str) -> tuple[int, str]:
        self._sequence += 1
        host, port = self._server
        own = self._socket.getsockname()[1]
        request = "\r\n".join(
            [
                f"REGISTER sip:{host}:{port} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{uuid.uuid4().hex}",
                f"From: <sip:{self._record}@{host}>;tag={self._call_id[:8]}",
                f"To: <sip:{self._record}@{host}>",
                f"Call-ID: {self._call_id}",
                f"CSeq: {self._sequence} REGISTER",
                f"Contact: <sip:{self._record}@127.0.0.1:{self._phone_port}>;expires={expires}",
                "Max-Forwards: 70",
                *([authorization] if authorization else []),
                "Content-Length: 0",
                "",
                "",
            ]
        )
        self._socket.sendto(request.encode(), self._server)
        while True:
            answer = self._socket.recv(65536).decode()
            status = int(answer.split()[1])
            if status >= 200:
                return status, answer

    def _authorization(self, challenge: str) -> str:
        realm, nonce = (re.search(rf'{name}="([^"]*)"', challenge) for name in ("realm", "nonce"))
        assert realm, challenge
        assert nonce, challenge
        uri = "sip:{}:{}".format(*self._server)
        count, own = "00000001", uuid.uuid4().hex[:8]
        secret = _md5(f"{self._user}:{realm[1]}:{self._password}")
        response = _md5(f"{secret}:{nonce[1]}:{count}:{own}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self._user}", realm="{realm[1]}", nonce="{nonce[1]}", uri="{uri}", '
            f'qop=auth, nc={count}, cnonce="{own}", response="{response}", algorithm=MD5'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
