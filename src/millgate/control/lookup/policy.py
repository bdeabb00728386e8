"""What a browser may do on the pane, which stands in Excel's frame and loads Excel's library."""

from __future__ import annotations

from typing import Final

from millgate.wire.content_policy import content_policy

SCRIPTS: Final = "https://appsforoffice.microsoft.com"
HOSTS: Final = (
    "https://*.officeapps.live.com",
    "https://*.office.com",
    "https://*.microsoft.com",
    "https://*.sharepoint.com",
)
"""Where Excel on the web runs."""
PANE_POLICY: Final = content_policy(scripts=(SCRIPTS,), frames=("'self'", *HOSTS))
