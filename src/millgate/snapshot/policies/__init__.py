"""Policies: small frozen rules, each with data and one question.

A policy says in `fails` whether it lets calls pass (`open`) or stops them (`closed`) while the store
it asks is down.
"""

from millgate.snapshot.policies.limits import CallQuota, KilobyteQuota, LimitPolicy, LimitSet, RateLimit

__all__ = ["CallQuota", "KilobyteQuota", "LimitPolicy", "LimitSet", "RateLimit"]
