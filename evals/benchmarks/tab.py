"""A tab of the app without a browser: the app's own socket, its messages and uploads, as Streamlit's page uses them.

Streamlit's wire format is not documented and may change with its version; it is read here and nowhere else.
"""

from contextlib import ExitStack
from typing import Any, NamedTuple, Self

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


class _Drawn(NamedTuple):
    """An element, and the part of the page that draws it by itself, if any."""

    element: Element
    fragment: str


class Tab:
    """One session of the app at `url`, such as http://127.0.0.1:8501.

    received: all bytes that the app has sent to this tab.
    """

    def __init__(self, url: str, page: str) -> None:
        self.received = bytearray()
        self._drawn: dict[tuple[int, ...], _Drawn] = {}
        self._url = url
        self._page = page
        self._page_hash = ""  # its name within the app, known once it has run
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

    def run(self, *triggered: WidgetState) -> None:
        """Have the page run, or only the part of it that draws by itself and holds what was triggered, and wait until
        it is drawn.
        """
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash, state.page_name = self._page_hash, "" if self._page_hash else self._page
        state.fragment_id = next(filter(None, map(self._find_fragment, triggered)), "")
        state.widget_states.widgets.extend([*self._states.values(), *triggered])
        self._socket.send(message.SerializeToString())
        while not self._is_drawn(self._receive()):
            pass

    @property
    def elements(self) -> list[Element]:
        """What stands on the page, in its order."""
        return [drawn.element for _, drawn in sorted(self._drawn.items())]

    def find(self, kind: str, label: str) -> Any:
        """The widget of that kind whose label begins so; None where there is none."""
        widgets = (getattr(element, kind) for element in self.elements if element.WhichOneof("type") == kind)
        return next((widget for widget in widgets if widget.label.startswith(label)), None)

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
        button = self._require("button", label)
        self.run(WidgetState(id=button.id, trigger_value=True))

    def choose(self, label: str, option: str) -> None:
        """Choose one of a group of buttons.

        Raises:
            RunError: there is no such group.
        """
        group = self._require("button_group", label)
        self._states[group.id] = _choice(group, option)
        self.run()

    def upload(self, name: str, data: bytes) -> None:
        """Give a file to the page's only uploader.

        Raises:
            RunError: the page has none, or the server refuses the file.
        """
        uploader = self._require("file_uploader", "")
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
        self.run(state)

    def _is_drawn(self, received: ForwardMsg) -> bool:
        """Note what was drawn; whether that was all."""
        kind = received.WhichOneof("type")
        if kind == "new_session":
            again = set(received.metadata.run.fragment_ids)
            self._drawn = {place: one for place, one in self._drawn.items() if again and one.fragment not in again}
        elif kind == "delta" and received.delta.HasField("new_element"):
            drawn = _Drawn(received.delta.new_element, received.delta.fragment_id)
            self._drawn[tuple(received.metadata.delta_path)] = drawn
        return kind == "script_finished" and received.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def _find_fragment(self, state: WidgetState) -> str:
        widgets = ((getattr(one.element, one.element.WhichOneof("type") or ""), one) for one in self._drawn.values())
        return next((one.fragment for widget, one in widgets if getattr(widget, "id", "") == state.id), "")

    def _require(self, kind: str, label: str) -> Any:
        widget = self.find(kind, label)
        if widget is None:
            raise RunError(f"The page {self._page} has no {kind} {label!r}.")
        return widget

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
        elif message.WhichOneof("type") == "navigation":
            self._page_hash = message.navigation.page_script_hash
        return message


def _choice(group: Any, option: str) -> WidgetState:
    state = WidgetState(id=group.id)
    state.string_array_value.data.append(option)
    return state
