"""The product's settings, with a fast password hasher and the name under which the test client calls."""

from millgate.control.site.settings import *  # noqa: F403 - every setting, and two of them changed
from millgate.control.site.settings import ALLOWED_HOSTS as _ALLOWED_HOSTS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = [*_ALLOWED_HOSTS, "testserver"]
