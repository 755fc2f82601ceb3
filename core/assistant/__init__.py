"""The demo's dialogue manager and the data it works on."""

from core.assistant.catalogue import Catalogue, load_catalogue
from core.assistant.manager import Assistant
from core.assistant.service import Answer, Pending

__all__ = ["Answer", "Assistant", "Catalogue", "Pending", "load_catalogue"]
