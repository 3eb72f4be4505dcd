"""How each source wants to be asked, who asks it, and how that is kept out of every record and log."""

import logging
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from carto_lib import settings


@dataclass(frozen=True)
class Policy:
    """How one source wants to be asked.

    Attributes
    ----------
    base : str
        Its address; ``CARTO_<SOURCE>_URL`` stands in for it.
    interval : float
        Seconds between two requests, as long as its answers don't say otherwise.
    key, email : str or None
        Parameter that carries the key, the contact address; ``header`` = as ``Authorization: Bearer``.
    interval_with_key : float or None
        Seconds between two requests once a key is given.
    limit_is_per_second : bool
        Its ``X-RateLimit-Limit`` counts requests a second (elsewhere it may count a day's credits).
    accept : str or None
        Kind of answer to ask for, where its default isn't the one that is parsed.
    """

    base: str
    interval: float
    key: str | None = None
    email: str | None = None
    interval_with_key: float | None = None
    limit_is_per_second: bool = False
    constant: tuple[tuple[str, str], ...] = ()
    accept: str | None = None


POLICIES = {
    "pubmed": Policy(
        "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        0.34,
        key="api_key",
        email="email",
        interval_with_key=0.1,
        limit_is_per_second=True,
        constant=(("tool", "carto"),),
    ),
    "europepmc": Policy("https://www.ebi.ac.uk/europepmc/webservices/rest", 0.2),
    "openalex": Policy("https://api.openalex.org", 0.1, key="header"),
    "hal": Policy("https://api.archives-ouvertes.fr", 0.5),
    "crossref": Policy("https://api.crossref.org", 1.0, email="mailto"),
    "unpaywall": Policy("https://api.unpaywall.org/v2", 0.1, email="email"),
    "ror": Policy("https://api.ror.org/v2", 0.2),
    "orcid": Policy("https://pub.orcid.org/v3.0", 0.1, accept="application/json"),
    "datacite": Policy("https://api.datacite.org", 0.4, email="mailto"),
    "clinicaltrials": Policy("https://clinicaltrials.gov/api/v2", 1.0),
    "opencitations": Policy("https://api.opencitations.net", 0.4),
    "thesesfr": Policy("https://theses.fr/api/v1", 0.5),
    "idref": Policy("https://www.idref.fr", 1.0),
}


def credentials(source: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters and headers that identify who asks."""
    policy = POLICIES[source]
    params: dict[str, str] = dict(policy.constant)
    headers: dict[str, str] = {"Accept": policy.accept} if policy.accept else {}
    email, key = settings.contact_email(), settings.api_key(source)
    if email:
        headers["From"] = email
        if policy.email:
            params[policy.email] = email
    if key and policy.key == "header":
        headers["Authorization"] = f"Bearer {key}"
    elif key and policy.key:
        params[policy.key] = key
    return params, headers


def redacted(text: bytes) -> bytes:
    """Return a text without any key or contact address, as such or as a URL writes them."""
    secrets = {settings.contact_email(), *map(settings.api_key, POLICIES)} - {None}
    for secret in map(str, secrets):
        for form in {secret, quote(secret), quote_plus(secret), quote(secret, safe="@")}:
            text = text.replace(form.encode(), b"REDACTED")
    return text


class _RedactedLog(logging.Filter):
    """Keep keys out of the URLs that urllib3 logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage().encode()).decode(), ()
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_RedactedLog())
