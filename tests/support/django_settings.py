"""The product's settings, with a fast password hasher, and static files that are found once."""

from millgate.control.site.settings import *  # noqa: F403 - every setting, and two of them changed
from millgate.control.site.settings import MIDDLEWARE as _MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [
    "support.static_files.FoundOnce" if name == "whitenoise.middleware.WhiteNoiseMiddleware" else name
    for name in _MIDDLEWARE
]
