"""A service on a real socket: what it got, and what it answers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from callcontrol.values.configuration import Service


class Crm:
    """A service under test: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.always = (200, b'{"account": {"balance": "12.50", "open": true, "lines": [{"n": 3}]}}')
        self.slow = threading.Event()  # set: no answer until released
        self.release = threading.Event()
        self.trickle = False
        self.location = ""  # where a redirection leads
        crm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                crm.got.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
                if crm.slow.is_set():
                    crm.release.wait(5)
                status, data = crm.answers.pop(0) if crm.answers else crm.always
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                if crm.location:
                    self.send_header("Location", crm.location)
                self.end_headers()
                try:
                    if crm.trickle:
                        for byte in data:
                            self.wfile.write(bytes([byte]))
                            if crm.release.wait(0.02):
                                return
                    else:
                        self.wfile.write(data)
                except OSError:
                    pass

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def service(self, **more: Any) -> Service:
        port = self.server.server_address[1]
        answers = {"balance": "account.balance", "is_open": "account.open"}
        return Service(
            **{"name": "crm", "url": f"http://127.0.0.1:{port}/customers/{{account}}", "answers": answers, **more}
        )
