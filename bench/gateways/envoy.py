"""Envoy from its wheel: key, token and limits by filters, verified tokens remembered by its cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import processes
from gateways.rival import INSTALL, PROGRAMS, Gateway, Rival, Scene, first_line
from gateways.work import (
    ANSWER,
    IN_PROCESS,
    KEY_HEADER,
    QUOTA_SECONDS,
    RATE_SECONDS,
    Caller,
    Work,
)

_PROGRAM: Final = PROGRAMS / "envoy" / "envoy" / "_bin" / "envoy"
_TYPES: Final = "type.googleapis.com/envoy.extensions"
_SUBSCRIPTION: Final = "x-subscription"
_TOKENS_REMEMBERED: Final = 1000
_ALWAYS: Final = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}

Config = dict[str, Any]


def _missing() -> str:
    return "" if _PROGRAM.exists() else f"its wheel is not here; {INSTALL}"


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port = processes.free_port()
    config = scene.directory / "envoy.json"
    config.write_text(json.dumps(_config(scene, port)))
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    with processes.process([str(_PROGRAM), "-c", str(config), *options]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}{IN_PROCESS}", scene.work.callers[0].headers)
        yield Gateway(pid, port)


def _config(scene: Scene, port: int) -> Config:
    chain = {
        "filters": [_typed("network.http_connection_manager", _manager(scene.work), "HttpConnectionManager")]
    }
    listener = {"name": "gateway", "address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [_origin(scene.origin_port)]}}


def _typed(name: str, members: Config, message: str) -> Config:
    """An extension with its configuration, as a member of a chain has it."""
    where = name if name.startswith("access_loggers") else f"filters.{name}"
    return {
        "name": f"envoy.{where}",
        "typed_config": {"@type": f"{_TYPES}.{where}.v3.{message}"} | members,
    }


def _address(port: int) -> Config:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _origin(port: int) -> Config:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": "origin",
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": "origin", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _manager(work: Work) -> Config:
    return {
        "stat_prefix": "gateway",
        "generate_request_id": False,
        "route_config": _routes(),
        "access_log": [_usage()],
        "http_filters": [
            _typed("http.api_key_auth", _keys(work), "ApiKeyAuth"),
            _typed("http.local_ratelimit", _limits(work), "LocalRateLimit"),
            _typed("http.jwt_authn", _tokens(work), "JwtAuthentication"),
            _typed("http.rbac", _tiers(work), "RBAC"),
            _typed("http.router", {}, "Router"),
        ],
    }


def _routes() -> Config:
    body = {"status": 200, "body": {"inline_string": ANSWER}}
    content_type = {"header": {"key": "content-type", "value": "application/json"}}
    answer = {"direct_response": body, "response_headers_to_add": [content_type]}
    routes = [
        *({"match": {"path": path}, **answer} for path in ("/test/Answers/v1/Answer", "/Answers/v1/Answer")),
        *(
            {"match": {"prefix": path}, "route": {"cluster": "origin"}}
            for path in ("/test/Origin/v1/", "/Origin/v1/")
        ),
    ]
    return {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]}


def _usage() -> Config:
    """Counters of calls by subscription, path and status."""
    tags = [
        {"name": "subscription", "value_format": f"%REQ({_SUBSCRIPTION})%"},
        {"name": "path", "value_format": "%PATH(NQ)%"},
        {"name": "status", "value_format": "%RESPONSE_CODE%"},
    ]
    counter = {"stat": {"name": "calls", "tags": tags}, "value_fixed": 1}
    return _typed("access_loggers.stats", {"stat_prefix": "usage", "counters": [counter]}, "Config")


def _keys(work: Work) -> Config:
    return {
        "credentials": [{"key": caller.key, "client": caller.name} for caller in work.everybody],
        "key_sources": [{"header": KEY_HEADER}],
        "forwarding": {"header": _SUBSCRIPTION, "hide_credentials": False},
    }


def _limits(work: Work) -> Config:
    """A bucket for the rate and one for the quota of each subscription."""
    kinds = ("rate", "quota")
    return {
        "stat_prefix": "limits",
        "filter_enabled": _ALWAYS,
        "filter_enforced": _ALWAYS,
        "rate_limits": [
            {"actions": [{"request_headers": {"header_name": _SUBSCRIPTION, "descriptor_key": kind}}]}
            for kind in kinds
        ],
        "descriptors": [
            {"entries": [{"key": kind, "value": caller.name}], "token_bucket": _bucket(caller, kind)}
            for caller in work.everybody
            for kind in kinds
        ],
    }


def _bucket(caller: Caller, kind: str) -> Config:
    amount, seconds = (caller.rate, RATE_SECONDS) if kind == "rate" else (caller.quota, QUOTA_SECONDS)
    return {"max_tokens": amount, "tokens_per_fill": amount, "fill_interval": f"{seconds}s"}


def _tokens(work: Work) -> Config:
    provider = {
        "issuer": work.issuer,
        "audiences": [work.audience],
        "local_jwks": {"inline_string": work.jwks},
        "jwt_cache_config": {"jwt_cache_size": _TOKENS_REMEMBERED},
        "payload_in_metadata": "claims",
        "forward": True,
    }
    rule = {"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}
    return {"providers": {"bench": provider}, "rules": [rule]}


def _tiers(work: Work) -> Config:
    """The production tier is closed to a program that may only test."""
    application = {
        "filter": "envoy.filters.http.jwt_authn",
        "path": [{"key": "claims"}, {"key": "appid"}],
        "value": {"string_match": {"exact": work.test_only.application}},
    }
    policy = {
        "permissions": [{"not_rule": {"url_path": {"path": {"prefix": "/test/"}}}}],
        "principals": [{"metadata": application}],
    }
    return {"rules": {"action": "DENY", "policies": {"test-only": policy}}}


def _version() -> str:
    return first_line([str(_PROGRAM), "--version"], r"/(\d+\.\d+\.\d+)/")


RIVAL = Rival("Envoy", _running, _missing, _version)
