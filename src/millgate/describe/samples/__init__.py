"""Code samples: one call of an operation, written in the languages that people paste into their programs."""

from millgate.describe.samples import curl
from millgate.describe.samples.building import body_shown, call_of, example_sent, value_shown
from millgate.describe.samples.languages import LANGUAGES, Language, language_named
from millgate.describe.samples.model import Credentials, SampleCall, SampleHeader, Secret, TokenStep

__all__ = [
    "LANGUAGES",
    "Credentials",
    "Language",
    "SampleCall",
    "SampleHeader",
    "Secret",
    "TokenStep",
    "body_shown",
    "call_of",
    "curl",
    "example_sent",
    "language_named",
    "value_shown",
]
