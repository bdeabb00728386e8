"""Dates as in every other language of Millgate."""

from millgate.control.site.formats.en.formats import *  # noqa: F403 - all of them
