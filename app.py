"""Opens the pages of the app; nothing else. Start it with `make demo`.

Streamlit imports this file once, as the server, and runs it again as the script of each tab.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.ui.closed_tabs import watch_closed_tabs
from core.ui.navigation import open_pages
from core.ui.server import list_middleware

if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(__file__, lifespan=watch_closed_tabs, middleware=list_middleware())
else:
    open_pages()
