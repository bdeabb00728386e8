"""The product's settings, with a fast password hasher."""

from millgate.control.site.settings import *  # noqa: F403 - every setting, and one of them changed

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
