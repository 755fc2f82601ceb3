"""What a network does to answers: a small proxy on loopback that loses, holds, cuts and delays them."""

import http.client
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, cast

Fault = Literal["pass", "lost", "hung", "cut", "delayed", "throttled", "broken", "refused"]

DELAY_S = 0.4  # less than the client waits
HUNG_S = 1.6  # more than the client waits
_THROTTLED = (
    b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}'
)
_CHECKSUM = "x-amz-crc32"
_JSON = "application/x-amz-json-1.0"


class Proxy(ThreadingHTTPServer):
    """Hands requests on to a server. Each takes the next of `faults`; when none is left, all pass."""

    daemon_threads = True

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream_port = upstream_port
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.faults: deque[Fault] = deque()
        self.forwarded = 0
        self.received = 0
        self._thread = threading.Thread(target=lambda: self.serve_forever(0.01), daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: sent apart, the body waits 40 ms for the head's acknowledgement

    def do_POST(self) -> None:
        proxy = cast(Proxy, self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        proxy.received += 1
        fault = proxy.faults.popleft() if proxy.faults else "pass"
        if fault == "throttled":
            self._answer(400, _THROTTLED)
        elif fault == "broken":
            self._answer(500, b"<html>Internal Server Error</html>")
        elif fault == "refused":
            self.close_connection = True
        else:
            self._spoil(fault, *self._forward(proxy, body))

    def _spoil(self, fault: Fault, status: int, answer: bytes, checksum: str | None) -> None:
        """The request has been carried out; what happens to the answer is another matter."""
        if fault == "lost":
            self.close_connection = True
        elif fault == "hung":
            time.sleep(HUNG_S)
            self.close_connection = True
        elif fault == "cut":
            self._answer(status, answer, checksum, send=len(answer) // 2)
            self.close_connection = True
        else:
            time.sleep(DELAY_S if fault == "delayed" else 0.0)
            self._answer(status, answer, checksum)

    def _forward(self, proxy: Proxy, body: bytes) -> tuple[int, bytes, str | None]:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.upstream_port, timeout=10)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            connection.request("POST", self.path, body, headers)
            answer = connection.getresponse()
            proxy.forwarded += 1
            return answer.status, answer.read(), answer.getheader(_CHECKSUM)
        finally:
            connection.close()

    def _answer(self, status: int, content: bytes, checksum: str | None = None, send: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _JSON)
        self.send_header("Content-Length", str(len(content)))
        if checksum is not None:
            self.send_header(_CHECKSUM, checksum)
        self.end_headers()
        self.wfile.write(content[:send])

    def log_message(self, *_: object) -> None:
        """Nothing."""
