"""A tab of the app without a browser: the app's own socket, its messages and uploads, as Streamlit's page uses them.

Streamlit's wire format is not documented and may change with its version; it is read here and nowhere else.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from core.errors import RunError

WITHIN_S = 120.0
MAX_MESSAGE_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An element, in which run it was drawn, and by which fragment; none where the page itself did."""

    element: Element
    run: int
    fragment_id: str


class Tab:
    """One session of the app at `url`, such as http://127.0.0.1:8501.

    received: all bytes that the app has sent to this tab.
    """

    def __init__(self, url: str, page: str) -> None:
        self.received = bytearray()
        self._drawn: dict[tuple[int, ...], _Drawn] = {}  # by its place on the page
        self._runs = 0
        self._url = url
        self._page = page
        self._page_hash = ""
        self._session_id = ""
        self._states: dict[str, WidgetState] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._http = self._open.enter_context(requests.Session())
        address = f"{self._url.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket = self._open.enter_context(
            connect(
                address,
                origin=Origin(self._url),
                subprotocols=[Subprotocol("streamlit")],
                max_size=MAX_MESSAGE_BYTES,
                proxy=None,
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def elements(self) -> list[Element]:
        """What the page shows, from top to bottom."""
        return [self._drawn[place].element for place in sorted(self._drawn)]

    def run(self, *triggered: WidgetState, fragment_id: str = "") -> None:
        """Have the page run, or one fragment of it, and wait until it is drawn."""
        message = BackMsg()
        state = message.rerun_script
        state.page_name = self._page
        if fragment_id:  # so that the page, if it runs after its fragment, is found again
            state.page_script_hash = self._page_hash
        state.fragment_id = fragment_id
        state.widget_states.widgets.extend([*self._states.values(), *triggered])
        self._socket.send(message.SerializeToString())
        while (received := self._receive()).WhichOneof("type") != "script_finished" or _goes_on(received):
            if received.WhichOneof("type") == "new_session":
                self._runs += 1
            elif received.WhichOneof("type") == "delta":
                self._draw(received)
        whole = received.script_finished != ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        self._drawn = {
            place: one
            for place, one in self._drawn.items()
            if one.run == self._runs or not (whole or one.fragment_id == fragment_id)
        }

    def _draw(self, message: ForwardMsg) -> None:
        """What stood at that place gives way; what the run does not draw again goes at its end."""
        place = tuple(message.metadata.delta_path)
        self._drawn.pop(place, None)
        if message.delta.HasField("new_element"):
            self._drawn[place] = _Drawn(message.delta.new_element, self._runs, message.delta.fragment_id)

    def find(self, kind: str, label: str) -> Any:
        """The widget of that kind whose label begins so; None where there is none."""
        found = self._find(kind, label)
        return found and found[0]

    def texts(self) -> list[str]:
        """What stands on the page as plain text."""
        return [element.text.body for element in self.elements if element.WhichOneof("type") == "text"]

    def errors(self) -> list[str]:
        """What stands on the page in an alert, and what Streamlit shows in the place of a traceback."""
        alerts = [element.alert.body for element in self.elements if element.WhichOneof("type") == "alert"]
        crashes = [element.exception.message for element in self.elements if element.WhichOneof("type") == "exception"]
        return [*alerts, *crashes]

    def press(self, label: str) -> None:
        """Press the button whose label begins so.

        Raises:
            RunError: there is none.
        """
        button, fragment_id = self._require("button", label)
        self.run(WidgetState(id=button.id, trigger_value=True), fragment_id=fragment_id)

    def choose(self, label: str, option: str) -> None:
        """Choose one of a group of buttons.

        Raises:
            RunError: there is no such group.
        """
        group, fragment_id = self._require("button_group", label)
        self._states[group.id] = _choice(group, option)
        self.run(fragment_id=fragment_id)

    def upload(self, name: str, data: bytes) -> None:
        """Give a file to the page's only uploader.

        Raises:
            RunError: the page has none, or the server refuses the file.
        """
        uploader, fragment_id = self._require("file_uploader", "")
        urls = self._ask_where_to(name)
        self._http.get(f"{self._url}/_stcore/health", timeout=WITHIN_S)  # sets the token against forged requests
        token = self._http.cookies.get("_streamlit_xsrf") or ""
        answer = self._http.put(
            f"{self._url}{urls.upload_url}",
            files={"file": (name, data, "application/octet-stream")},
            headers={"X-Xsrftoken": token},
            timeout=WITHIN_S,
        )
        if not answer.ok:
            raise RunError(f"The upload was refused: {answer.status_code}.")
        state = WidgetState(id=uploader.id)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(data), file_id=urls.file_id, file_urls=urls
        )
        self.run(state, fragment_id=fragment_id)

    def _require(self, kind: str, label: str) -> tuple[Any, str]:
        found = self._find(kind, label)
        if found is None:
            raise RunError(f"The page {self._page} has no {kind} {label!r}.")
        return found

    def _find(self, kind: str, label: str) -> tuple[Any, str] | None:
        """A widget, and the name of its fragment."""
        drawn = (self._drawn[place] for place in sorted(self._drawn))
        ours = (one for one in drawn if one.element.WhichOneof("type") == kind)
        widgets = ((getattr(one.element, kind), one.fragment_id) for one in ours)
        return next((found for found in widgets if found[0].label.startswith(label)), None)

    def _ask_where_to(self, name: str) -> FileURLs:
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self._session_id
        self._socket.send(message.SerializeToString())
        while (received := self._receive()).WhichOneof("type") != "file_urls_response":
            pass
        urls: FileURLs = received.file_urls_response.file_urls[0]
        return urls

    def _receive(self) -> ForwardMsg:
        data = self._socket.recv(WITHIN_S)
        assert isinstance(data, bytes)  # noqa: S101 - Streamlit sends no text
        self.received += data
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.WhichOneof("type") == "new_session":
            self._session_id = message.new_session.initialize.session_id or self._session_id
        if message.WhichOneof("type") == "navigation":
            self._page_hash = message.navigation.page_script_hash
        return message


def _goes_on(message: ForwardMsg) -> bool:
    """Whether the run has ended only to make room for another one."""
    return bool(message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN)


def _choice(group: Any, option: str) -> WidgetState:
    state = WidgetState(id=group.id)
    state.string_array_value.data.append(option)
    return state
