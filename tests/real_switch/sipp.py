"""SIPp as agents' phones and as callers: scenarios as text, one process each, ended with the test."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.real_switch.switch_process import free_ports

ANSWER = """
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
]]></send>
  <recv request="ACK"/>
"""
WAIT_FOR_BYE = """
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""
SAY_BYE = """
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From[$from_part]
To[$to_part]
[last_Call-ID:]
CSeq: 100 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
"""


def _status(line: str, tag: str = ";tag=[pid]S[call_number]") -> str:
    return f"""
  <send><![CDATA[
SIP/2.0 {line}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

]]></send>
"""


def _scenario(body: str) -> str:
    return f'<?xml version="1.0"?>\n<scenario name="phone">\n  <recv request="INVITE" rrs="true"/>{body}\n</scenario>\n'


def rings_then(after_s: float, then: str) -> str:
    return _scenario(_status("180 Ringing") + f'  <pause milliseconds="{int(after_s * 1000)}"/>' + then)


def refuses(line: str) -> str:
    return _scenario(_status("180 Ringing") + _status(line) + '  <recv request="ACK"/>')


def never_answers() -> str:
    """Rings until it is cancelled."""
    return _scenario(
        _status("180 Ringing")
        + '  <recv request="CANCEL"/>'
        + _status("200 OK", "")
        + "".join(
            [
                "  <send><![CDATA[\nSIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n",
                "[last_To:];tag=[pid]S[call_number]\n[last_Call-ID:]\nCSeq: 1 INVITE\nContent-Length: 0\n\n]]></send>",
                '\n  <recv request="ACK"/>',
            ]
        )
    )


def answers(after_s: float) -> str:
    return rings_then(after_s, ANSWER + WAIT_FOR_BYE)


_CALLED_BY = """<?xml version="1.0"?>
<scenario name="phone">
  <recv request="INVITE" rrs="true"><action>
    <ereg regexp="sip:[^&gt;;]*" search_in="hdr" header="Contact:" assign_to="remote"/>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
    <ereg regexp="&lt;.*" search_in="hdr" header="To:" assign_to="called"/>
    <assignstr assign_to="me" value="[$called];tag=[pid]S[call_number]"/>
  </action></recv>"""


def _offers(direction: str, number: int) -> str:
    """A re-INVITE of the phone: ``sendonly`` puts the other side on hold, ``sendrecv`` takes it back."""
    head = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$me]
To: [$caller]
[last_Call-ID:]"""
    return f"""
  <send retrans="500"><![CDATA[
INVITE [$remote] SIP/2.0
{head}
CSeq: {number} INVITE
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 1 {number + 1} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a={direction}
]]></send>
  <recv response="100" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
ACK [$remote] SIP/2.0
{head}
CSeq: {number} ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""


def holds(after_s: float, for_s: float) -> str:
    """Answers at once, puts the other side on hold, takes it back, and waits for its end."""
    pause = '  <pause milliseconds="{}"/>'
    steps = [
        _CALLED_BY,
        _status("180 Ringing"),
        ANSWER,
        pause.format(int(after_s * 1000)),
        _offers("sendonly", 1),
        pause.format(int(for_s * 1000)),
        _offers("sendrecv", 2),
        WAIT_FOR_BYE,
    ]
    return "".join(steps) + "</scenario>\n"


@dataclass(slots=True)
class Phone:
    """A SIPp process that takes call after call by one scenario and echoes the audio."""

    name: str
    scenario: str
    directory: Path
    port: int = 0
    messages: Path | None = None  # what it received and sent
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def contact(self) -> str:
        """Dial string for ``originate`` and for the configuration."""
        return f"sofia/internal/{self.name}@127.0.0.1:{self.port}"

    def start(self) -> Phone:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port, media = free_ports(2)
        file = self.directory / f"{self.name}-{self.port}.xml"
        file.write_text(self.scenario)
        words = [
            "sipp",
            "-sf",
            str(file),
            "-i",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-mi",
            "127.0.0.1",
            "-mp",
            str(media),
        ]
        self.messages = file.with_suffix(".messages")
        words += ["-trace_msg", "-message_file", str(self.messages)]
        words += ["-rtp_echo", "-nostdin", "-trace_err", "-error_file", str(file.with_suffix(".errors"))]
        with open(file.with_suffix(".out"), "wb") as out:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.directory)
        self._wait_until_it_listens(file)
        return self

    def _wait_until_it_listens(self, file: Path) -> None:
        """SIPp does not say when it is ready; its port being taken does. (Trying to bind it could take it from SIPp.)"""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
            if _bound(self.port):
                return
            time.sleep(0.02)
        raise AssertionError(f"SIPp did not start:\n{file.with_suffix('.out').read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _bound(port: int) -> bool:
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(int(row.split()[1].rpartition(":")[2], 16) == port for row in rows)
