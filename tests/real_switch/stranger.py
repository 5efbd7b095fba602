"""An INVITE written by hand: what no proper telephone would send."""

from __future__ import annotations

import socket
import uuid

from tests.real_switch.switch_process import SwitchProcess


def invite(switch: SwitchProcess, number: str, from_header: str, *headers: str) -> socket.socket:
    """Send it and give the socket on which the answers come; ``from_header`` is all of the From but its tag."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    own = sock.getsockname()[1]
    body = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {own} RTP/AVP 8\r\n"
    server = (switch.plan.sip_ip, switch.plan.sip_port)
    lines = [
        f"INVITE sip:{number}@{server[0]}:{server[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{uuid.uuid4().hex}",
        f"From: {from_header};tag={uuid.uuid4().hex[:8]}",
        f"To: <sip:{number}@{server[0]}>",
        f"Call-ID: {uuid.uuid4().hex}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:stranger@127.0.0.1:{own}>",
        "Max-Forwards: 70",
        *headers,
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
        "",
        body,
    ]
    sock.sendto("\r\n".join(lines).encode(), server)
    return sock
