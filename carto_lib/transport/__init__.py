"""One polite HTTP session for every source: rate limits, retries, quota stop, recording and replay.

Each good answer is recorded in ``<store>/answers.sqlite`` as it arrives, so a killed run resumes without asking
again, and a replay opens no connection. Keys and the contact address come from the environment, are added when
a request leaves and are never recorded: a request's identity is what it asks, whoever asks it and whatever the mirror.
"""

from carto_lib.transport.policies import POLICIES
from carto_lib.transport.session import ANSWERS_KEPT, Answer, Session
from carto_lib.transport.store import STORE_FILE

__all__ = ["ANSWERS_KEPT", "POLICIES", "STORE_FILE", "Answer", "Session"]
