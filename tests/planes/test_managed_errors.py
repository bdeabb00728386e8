"""Every error of the managed layer, to the byte, and which of two errors wins."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey
from structlog.testing import capture_logs

from millgate.describe.model import Operation
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Limit
from millgate.wire.messages import Response
from support.exchange import Answer, ask
from support.serving import Raw, served, spoken
from support.upstreams import always, backends_of, proxied, standing, upstream
from support.world import (
    ALL_KEY,
    API_KEY,
    CLIENT,
    FREE,
    KEY,
    NOW,
    ORIGIN,
    PARTS,
    PRODUCT,
    RESOURCE,
    SECOND_KEY,
    SUSPENDED_KEY,
    TENANT,
    TEST_ONLY_CLIENT,
    TEST_TIER_KEY,
    World,
    application,
    pem,
    private_key,
)

if TYPE_CHECKING:
    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Plane

MISSING_KEY = (
    b'{ "statusCode": 401, "message": "Access denied due to missing subscription key. '
    b'Make sure to include subscription key when making requests to an API." }'
)
INVALID_KEY = (
    b'{ "statusCode": 401, "message": "Access denied due to invalid subscription key. '
    b'Make sure to provide a valid key for an active subscription." }'
)
LONG_TEXT = (
    "Unauthorized. Access token is missing or invalid. Verify the token is in the Authorization Header with the "
    "token type 'Bearer'. Make certain the token is not expired. Use an inspection tool such as https://jwt.io/ "
    "and verify all expected claims are present, including exp, iat, nbf, etc. Make sure the token was requested "
    "from the Plex token endpoint with resource http://api.plex.com/."
)
TARGET = "/PartList/v1/Parts"


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def signed(claims: dict[str, Any], *, number: int = 1, header: dict[str, Any] | None = None) -> str:
    """A token with claims that are good unless changed, signed by a key of the world."""
    good = {
        "aud": RESOURCE,
        "iss": f"{ORIGIN}/{TENANT}/",
        "nbf": int(NOW) - 300,
        "exp": int(NOW) + 3600,
        "appid": CLIENT,
        "tid": TENANT,
    } | claims
    key = RSAKey.import_key(pem(private_key(number)))
    protected = {"alg": "RS256", "kid": f"kid-{number}"} | (header or {})
    return jws.serialize_compact(protected, json.dumps(good).encode(), key)


def test_a_good_call_reaches_the_backend() -> None:
    world = World()
    answer = run(world.get("/test/PartList/v1/Parts/12", token=signed({})))

    assert answer.status == 200
    assert answer.json == {"target": "Parts.one", "tier": "test", "parameters": {"PartKey": "12"}}
    assert answer.headers["x-request-id"]


def test_without_a_key_the_answer_has_the_documented_152_bytes() -> None:
    answer = run(World().get("/test" + TARGET, key=None))

    assert answer.status == 401
    assert answer.body == MISSING_KEY
    assert len(answer.body) == 152
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["www-authenticate"] == (
        f'AzureApiManagementKey realm="{ORIGIN}/test/PartList/v1",name="Ocp-Apim-Subscription-Key",type="header"'
    )


@pytest.mark.parametrize("key", ["wrong", SUSPENDED_KEY, TEST_TIER_KEY])
def test_a_key_that_opens_nothing_here_has_the_documented_143_bytes(key: str) -> None:
    answer = run(World().get(TARGET, key=key))

    assert (answer.status, answer.body) == (401, INVALID_KEY)
    assert len(answer.body) == 143
    assert answer.headers["www-authenticate"].startswith("AzureApiManagementKey realm=")


@pytest.mark.parametrize("key", [KEY, SECOND_KEY, API_KEY, ALL_KEY])
def test_each_scope_of_subscription_opens_the_production_tier(key: str) -> None:
    assert run(World().get(TARGET, key=key, token=signed({}))).status == 200


def test_all_apis_on_the_test_tier_is_an_entitlement() -> None:
    assert run(World().get("/test" + TARGET, key=TEST_TIER_KEY, token=signed({}))).status == 200


def test_the_query_carries_the_key_only_when_the_header_is_absent() -> None:
    world = World()
    in_query = f"{TARGET}?subscription-key={KEY}"

    assert run(world.get(in_query, key=None, token=signed({}))).status == 200
    assert run(world.get(in_query, key="wrong", token=signed({}))).body == INVALID_KEY


def test_an_api_without_need_of_a_key_still_refuses_a_wrong_one() -> None:
    world = World()

    assert run(world.get("/Free/v1/Ping", key=None, token=signed({}))).status == 200
    assert run(world.get("/Free/v1/Ping", key="wrong", token=signed({}))).body == INVALID_KEY


def test_a_renamed_key_header_is_named_in_the_challenge() -> None:
    world = World()
    renamed = msgspec.structs.replace(PARTS, key_header="X-Api-Key", key_query="k")
    catalogue = msgspec.structs.replace(world.document.catalogue, apis=(renamed, FREE))
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue))

    assert 'name="X-Api-Key"' in run(world.get(TARGET)).headers["www-authenticate"]
    assert run(world.get(TARGET, key=None, x_api_key=KEY, token=signed({}))).status == 200
    assert run(world.get(f"{TARGET}?k={KEY}", key=None, token=signed({}))).status == 200


def test_without_authorization_the_short_text() -> None:
    answer = run(World().get(TARGET))

    assert answer.status == 401
    assert answer.body == (
        b'{ "statusCode": 401, "message": "Not authorized: Authorization header value not present." }'
    )
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value", ["Basic abc", "Bearer", "Bearer  ", "Bearer a b", "bearer\ttoken", "Bearer é"]
)
def test_an_authorization_that_is_no_bearer_token_has_the_long_text(value: str) -> None:
    answer = run(World().get(TARGET, authorization=value))

    assert answer.status == 401
    assert answer.body == f'{{ "statusCode": 401, "message": "{LONG_TEXT}" }}'.encode()
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def forged_by_hmac() -> str:
    """CVE-2022-29217, CVE-2024-33663: the published key used as the secret of an HMAC."""
    numbers = private_key(1).public_key().public_numbers()
    secret = OctKey.import_key(str(numbers.n).encode())
    return jws.serialize_compact({"alg": "HS256", "kid": "kid-1"}, b"{}", secret, algorithms=["HS256"])


REFUSED_TOKENS: dict[str, Callable[[], str]] = {
    "expired": lambda: signed({"exp": int(NOW)}),
    "not yet valid": lambda: signed({"nbf": int(NOW) + 1}),
    "for another audience": lambda: signed({"aud": "http://api.plex.com"}),
    "of another issuer": lambda: signed({"iss": f"http://evil.example/{TENANT}/"}),
    "of an unknown application": lambda: signed({"appid": "nobody"}),
    "of another tenant": lambda: signed({"tid": "x", "iss": f"{ORIGIN}/x/"}),
    "signed by a key that is not published": lambda: signed({}, number=3),
    "signed by another key than it names": lambda: signed({}, number=2, header={"kid": "kid-1"}),
    "without a key id": lambda: signed({}, header={"kid": ""}),
    "cut short": lambda: signed({})[:-20],
    "not a token": lambda: "garbage",
    "of alg none": lambda: "eyJhbGciOiJub25lIiwia2lkIjoia2lkLTEifQ.e30.",
    "forged with HMAC": forged_by_hmac,
    "without its claims": lambda: signed({"appid": 5}),
}


@pytest.mark.parametrize("name", REFUSED_TOKENS)
def test_a_token_that_is_read_and_refused_has_the_other_pair_of_names(name: str) -> None:
    answer = run(World().get(TARGET, token=REFUSED_TOKENS[name]()))

    assert answer.status == 401
    assert answer.body == f'{{ "status": 401, "Message": "{LONG_TEXT}" }}'.encode()
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_both_published_keys_are_accepted_while_one_rolls() -> None:
    world = World()

    assert run(world.get(TARGET, token=signed({}, number=2))).status == 200


def test_a_remembered_token_is_refused_once_it_expires() -> None:
    world = World()
    token = signed({})
    assert run(world.get(TARGET, token=token)).status == 200

    world.clock.jump(3600)

    assert run(world.get(TARGET, token=token)).json["status"] == 401


@pytest.mark.parametrize("change", [{"enabled": False}, {"pcn": 2}])
def test_a_remembered_token_is_refused_once_its_application_is_disabled_or_moved(
    change: dict[str, Any],
) -> None:
    world = World()
    token = signed({})
    assert run(world.get(TARGET, token=token)).status == 200

    directory = msgspec.structs.replace(
        world.document.directory, applications=(application(CLIENT, **change),)
    )
    world.publish(msgspec.structs.replace(world.document, directory=directory))

    assert run(world.get(TARGET, token=token)).json["status"] == 401


def test_a_test_only_application_is_kept_from_production_alone() -> None:
    world = World()
    token = signed({"appid": TEST_ONLY_CLIENT})
    answer = run(world.get(TARGET, token=token))

    assert answer.status == 403
    assert answer.body == (
        b'{ "statusCode": 403, "message": "Application is not allowed to access production resources." }'
    )
    assert run(world.get("/test" + TARGET, token=token)).status == 200


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/Nowhere/v1/Parts"),
        ("GET", "/PartList/v2/Parts"),
        ("GET", "/PartList/v1/parts"),
        ("GET", "/PartList/v1/Parts/"),
        ("GET", "/PartList/v1/Parts/1/2"),
        ("DELETE", TARGET),
        ("GET", "/test"),
        ("GET", "/test/test/PartList/v1/Parts"),
    ],
)
def test_an_address_without_operation_is_the_managed_404_whatever_else_is_wrong(
    method: str, target: str
) -> None:
    answer = run(ask(World().managed, method, target))

    assert answer.status == 404
    assert answer.body == b'{ "statusCode": 404, "message": "Resource not found" }'


def test_the_404_names_a_near_address_in_a_header() -> None:
    answer = run(World().get("/test/PartList/v1/Part"))

    assert answer.headers["x-millgate-hint"] == "/test/PartList/v1/Parts"


def test_a_failing_backend_is_the_managed_500_with_the_id_of_the_record() -> None:
    world = World()

    async def fail(_: object) -> None:
        raise RuntimeError("secret cause")

    world.managed._backends = {"echo": fail}  # type: ignore[dict-item]
    answer = run(world.get(TARGET, token=signed({})))

    record = world.usage.calls[-1]
    assert answer.status == 500
    assert (
        answer.body
        == (
            f'{{ "statusCode": 500, "message": "Internal server error", "activityId": "{record.request_id}" }}'
        ).encode()
    )
    assert (record.status, record.code) == (500, "MG901")


def test_a_route_that_cannot_be_built_answers_500_and_never_a_wider_route() -> None:
    world = World()
    wide = Operation("wide", "GET", "/{Any}", "Wide", "Any")
    narrow = Operation("narrow", "GET", "/Narrow", "Narrow", "Gone")
    api = msgspec.structs.replace(PARTS, operations=(wide, narrow))
    catalogue = msgspec.structs.replace(world.document.catalogue, apis=(api, FREE))
    changed = msgspec.structs.replace(world.document, catalogue=catalogue)
    snapshot, faults = build_serving(changed, {"echo": frozenset({"Any", "Ping"})})
    world.holder.swap(snapshot)

    assert "api parts, operation narrow" in faults
    assert run(world.get("/PartList/v1/Narrow", token=signed({}))).status == 500
    assert run(world.get("/PartList/v1/Other", token=signed({}))).status == 200


def limited(*limits: Limit) -> World:
    world = World()
    limit(world, *limits)
    return world


def limit(world: World, *limits: Limit) -> None:
    """Put other limits on the product."""
    document = world.holder.current.document
    adapter = msgspec.structs.replace(PRODUCT, limits=limits)
    catalogue = msgspec.structs.replace(document.catalogue, adapters=(adapter,))
    world.publish(msgspec.structs.replace(document, catalogue=catalogue))


def test_over_the_rate_the_answer_says_when_to_come_back_and_keeps_its_word() -> None:
    world = limited(Limit("rate", 2, 60))
    statuses = [run(world.get(TARGET)).status for _ in range(2)]
    world.clock.jump(14)
    answer = run(world.get(TARGET))

    assert statuses == [401, 401], "refused calls count"
    assert answer.status == 429
    assert answer.body == (
        b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 46 seconds." }'
    )
    assert answer.headers["retry-after"] == "46"
    world.clock.jump(46)
    assert run(world.get(TARGET, token=signed({}))).status == 200


def test_over_the_quota_the_answer_says_when_it_is_replenished() -> None:
    world = limited(Limit("calls", 1, 10_000))
    run(world.get(TARGET))
    answer = run(world.get(TARGET, token=signed({})))

    assert answer.status == 403
    assert answer.body == (
        b'{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 02:30:00." }'
    )
    assert answer.headers["retry-after"] == "9000"


def test_a_long_quota_shows_days_in_the_dotnet_form() -> None:
    world = limited(Limit("calls", 1, 7 * 86400 + 1000))
    run(world.get(TARGET))

    assert "replenished in 7.00:00:00." in run(world.get(TARGET)).json["message"]


def test_the_call_that_crosses_the_bandwidth_quota_completes_and_the_next_is_refused() -> None:
    world = limited(Limit("bandwidth", 1, 3000))
    token = signed({})
    sizes = [run(world.get(TARGET, token=token)) for _ in range(40)]

    served = [answer for answer in sizes if answer.status == 200]
    assert 1024 <= sum(len(answer.body) for answer in served) < 1024 + len(served[0].body)
    assert sizes[-1].body == (
        b'{ "statusCode": 403, "message": "Out of bandwidth quota. Quota will be replenished in 00:33:20." }'
    )


def test_parallel_calls_get_exactly_the_limit() -> None:
    """Kong #2629, #11846 and #7831: a count that was read and then raised let parallel calls pass together."""
    world = limited(Limit("rate", 7, 60), Limit("calls", 1000, 60))
    token = signed({})

    async def many() -> list[int]:
        answers = await asyncio.gather(*[world.get(TARGET, token=token) for _ in range(50)])
        return [answer.status for answer in answers]

    statuses = run(many())
    assert (statuses.count(200), statuses.count(429)) == (7, 43)


def test_a_limit_of_one_operation_leaves_the_others_alone() -> None:
    world = limited(Limit("rate", 1, 60, "parts", "list-parts"))
    token = signed({})
    run(world.get(TARGET, token=token))

    assert run(world.get(TARGET, token=token)).status == 429
    assert run(world.get("/PartList/v1/Parts/1", token=token)).status == 200


# The order of checks: which of two errors wins

STEPS = {
    "1 the path is sane": 400,
    "2 a route matches": 404,
    "3 subscription key": 401,
    "4 rate limit": 429,
    "5 quota": 403,
    "6 Authorization present": 401,
    "7 bearer token valid": 401,
    "8 tier allowed": 403,
    "9 forward": 500,
}
"""Each check, and the status of the call that fails it."""

TOLD = {
    "1 the path is sane": "The request path is not valid",
    "2 a route matches": "Resource not found",
    "3 subscription key": "invalid subscription key",
    "4 rate limit": "Rate limit is exceeded",
    "5 quota": "Out of call volume quota",
    "6 Authorization present": "Authorization header value not present",
    "7 bearer token valid": '"Message": "Unauthorized.',
    "8 tier allowed": "production resources",
    "9 forward": "activityId",
}


def used_up(wrong: set[str]) -> World:
    """A world in which a backend fails or limits are used up, as the steps in question say."""
    limits = [Limit("rate", 1, 60)] * ("4 rate limit" in wrong) + [Limit("calls", 1, 600)] * (
        "5 quota" in wrong
    )
    world = limited(*limits)

    async def fail(_: object) -> NoReturn:
        raise RuntimeError("the backend")

    if "9 forward" in wrong:
        world.managed._backends = {"echo": fail}
    run(world.get(TARGET))
    return world


def failing(wrong: set[str]) -> tuple[bytes, dict[str, str]]:
    """The target and headers of a call that fails just these checks."""
    target = b"/PartList/v1/Nothing" if "2 a route matches" in wrong else TARGET.encode()
    if "1 the path is sane" in wrong:
        target = target.replace(b"/PartList", b"/PartList/")
    claims = {"exp": 1} if "7 bearer token valid" in wrong else {}
    client = TEST_ONLY_CLIENT if "8 tier allowed" in wrong else CLIENT
    headers = {
        "Ocp-Apim-Subscription-Key": "wrong" if "3 subscription key" in wrong else KEY,
        "Authorization": f"Bearer {signed({'appid': client} | claims)}",
    }
    if "6 Authorization present" in wrong:
        del headers["Authorization"]
    return target, headers


def through(world: World, target: bytes, headers: dict[str, str]) -> Raw:
    """The answer of a world behind the real server."""

    async def main() -> Raw:
        async with served(world.managed, "direct") as port:
            sent = [f"{name}: {value}".encode() for name, value in headers.items()]
            return await spoken(port, b"GET", target, *sent)

    found: Raw = run(main())
    return found


@pytest.mark.parametrize("step", STEPS)
def test_the_first_check_that_fails_is_the_one_that_answers(step: str) -> None:
    """Everything that comes after it is wrong as well; and each is noticed when it alone is wrong."""
    after = set(list(STEPS)[list(STEPS).index(step) :])
    for wrong in ({step}, after):
        with capture_logs():
            answer = through(used_up(wrong), *failing(wrong))

        assert (answer.status, TOLD[step] in answer.body.decode()) == (STEPS[step], True), answer


@pytest.mark.parametrize(("first", "second"), list(itertools.pairwise(STEPS)))
def test_of_two_neighbours_that_fail_the_first_answers(first: str, second: str) -> None:
    with capture_logs():
        answer = through(used_up({first, second}), *failing({first, second}))

    assert (answer.status, TOLD[first] in answer.body.decode()) == (STEPS[first], True), answer


# The same to the byte, whichever way the call came and whoever would have answered

SHORT_KEY = (
    f'AzureApiManagementKey realm="{ORIGIN}/PartList/v1",name="Ocp-Apim-Subscription-Key",type="header"'
)
READ = 'Bearer error="invalid_token"'


def good() -> str:
    return f"Bearer {signed({})}"


def by_test_only() -> str:
    return f"Bearer {signed({'appid': TEST_ONLY_CLIENT})}"


def spaced(status: int, message: str) -> bytes:
    return f'{{ "statusCode": {status}, "message": "{message}" }}'.encode()


@dataclass(frozen=True)
class Row:
    """One row of the table of managed errors: a call, its world, and the answer's bytes and headers."""

    status: int
    body: bytes
    told: dict[str, str] = field(default_factory=dict)
    key: str | None = KEY
    authorization: Callable[[], str] | None = good
    target: str = TARGET
    limits: tuple[Limit, ...] = ()
    before: int = 0


TABLE = {
    "no key": Row(401, MISSING_KEY, {"www-authenticate": SHORT_KEY}, key=None),
    "bad key": Row(401, INVALID_KEY, {"www-authenticate": SHORT_KEY}, key="wrong"),
    "key of a subscription that is not active": Row(
        401, INVALID_KEY, {"www-authenticate": SHORT_KEY}, key=SUSPENDED_KEY
    ),
    "key that does not cover this tier": Row(
        401, INVALID_KEY, {"www-authenticate": SHORT_KEY}, key=TEST_TIER_KEY
    ),
    "rate limit": Row(
        429,
        spaced(429, "Rate limit is exceeded. Try again in 46 seconds."),
        {"retry-after": "46"},
        limits=(Limit("rate", 1, 46),),
        before=1,
    ),
    "call quota": Row(
        403,
        spaced(403, "Out of call volume quota. Quota will be replenished in 02:28:27."),
        {"retry-after": "8907"},
        limits=(Limit("calls", 1, 9907),),
        before=1,
    ),
    "call quota, over a day": Row(
        403,
        spaced(403, "Out of call volume quota. Quota will be replenished in 7.00:00:00."),
        {"retry-after": "604800"},
        limits=(Limit("calls", 1, 605_800),),
        before=1,
    ),
    "bandwidth quota": Row(
        403,
        spaced(403, "Out of bandwidth quota. Quota will be replenished in 02:28:27."),
        {"retry-after": "8907"},
        limits=(Limit("bandwidth", 1, 9907),),
        before=20,
    ),
    "no Authorization": Row(
        401,
        spaced(401, "Not authorized: Authorization header value not present."),
        {"www-authenticate": "Bearer"},
        authorization=None,
    ),
    "Authorization without a readable Bearer <token>": Row(
        401, spaced(401, LONG_TEXT), {"www-authenticate": READ}, authorization=lambda: "Basic eA=="
    ),
    "a bearer token read and refused": Row(
        401,
        f'{{ "status": 401, "Message": "{LONG_TEXT}" }}'.encode(),
        {"www-authenticate": READ},
        authorization=lambda: "Bearer e30.e30.eA",
    ),
    "Test Only application on the production tier": Row(
        403,
        spaced(403, "Application is not allowed to access production resources."),
        authorization=by_test_only,
    ),
    "no operation at that address": Row(404, spaced(404, "Resource not found"), target="/Nowhere/v9/Nothing"),
    "no operation, another near": Row(
        404, spaced(404, "Resource not found"), {"x-millgate-hint": TARGET}, target="/PartList/v1/Part"
    ),
}
OF_THE_SERVER = {"content-length", "connection", "date", "server"}


async def answered(plane: Plane, row: Row) -> tuple[Answer, Raw]:
    """The same call in process and through the server, once what comes before it has been called."""
    authorization = row.authorization() if row.authorization else None
    headers = {"Ocp-Apim-Subscription-Key": row.key, "Authorization": authorization}
    sent = {name: value for name, value in headers.items() if value is not None}
    for _ in range(row.before):
        await ask(plane, "GET", row.target, headers=sent)
    async with served(plane, "direct") as port:
        lines = [f"{name}: {value}".encode() for name, value in sent.items()]
        raw = await spoken(port, b"GET", row.target.encode(), *lines)
    return await ask(plane, "GET", row.target, headers=sent), raw


@pytest.mark.parametrize("upstream_of", ["in process", "over HTTP"])
@pytest.mark.parametrize("case", TABLE)
def test_each_row_of_the_table_is_answered_to_the_byte(case: str, upstream_of: str) -> None:
    """Through the real server as in process; and an API whose upstream is proxied refuses with the same words."""
    row = TABLE[case]

    async def main() -> None:
        filler = b"x" * 100
        answer_of = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(filler), filler)
        async with standing(always(answer_of)) as place:
            world = limited(*row.limits) if upstream_of == "in process" else proxied(upstream(place.url()))
            if row.limits and upstream_of == "over HTTP":
                limit(world, *row.limits)
            inside, outside = await answered(world.managed, row)
            heard = len(place.heard)
            if upstream_of == "over HTTP":
                backends_of(world).close()

        assert (inside.status, inside.body) == (outside.status, outside.body) == (row.status, row.body)
        for headers in (inside.headers, dict(outside.headers)):
            kept = {name: value for name, value in headers.items() if name not in OF_THE_SERVER}
            assert kept.pop("x-request-id")
            assert kept == {"content-type": "application/json", **row.told}
        assert outside.header("content-length") == str(len(row.body))
        assert heard <= row.before, "nothing refused was forwarded"

    run(main())


def test_a_head_that_is_too_large_and_a_body_that_is_too_large_are_answered_in_the_managed_form() -> None:
    async def take(call: BackendCall) -> Response:
        await call.request.body(1000)
        return Response(200)

    world = World()
    world.managed._backends = {"echo": take}
    headers = {"Ocp-Apim-Subscription-Key": KEY, "Authorization": good()}

    async def main() -> tuple[Raw, Raw]:
        async with served(world.managed, "direct") as port:
            sent = [f"{name}: {value}".encode() for name, value in headers.items()]
            large = await spoken(port, b"GET", TARGET.encode(), b"X: " + b"a" * 65_536, *sent)
            length = b"Content-Length: 1001"
            return large, await spoken(port, b"GET", TARGET.encode(), length, *sent, body=b"x" * 1001)

    head, body = run(main())
    assert (head.status, head.body) == (431, spaced(431, "The request head is larger than 65536 bytes."))
    assert (body.status, body.body) == (413, spaced(413, "The request body is larger than 1000 bytes."))
    assert head.header("content-type") == body.header("content-type") == "application/json"


def test_a_refusal_leaves_its_reason_for_the_portal() -> None:
    world = World()
    run(world.get(TARGET, token=signed({"appid": TEST_ONLY_CLIENT})))

    record = world.usage.calls[-1]
    assert (record.code, record.subscription, record.application) == ("MG301", "sub", TEST_ONLY_CLIENT)
    assert (record.tier, record.api, record.operation) == ("production", "parts", "list-parts")
    assert "Test Only" in record.reason


def test_no_record_or_cause_holds_a_key_or_token() -> None:
    world = World()
    token = signed({"exp": 1})
    run(world.get(TARGET, key="sssssecret"))
    run(world.get(TARGET, token=token))

    kept = msgspec.json.encode(list(world.usage.calls)).decode()
    assert "sssssecret" not in kept
    assert token not in kept
    assert KEY not in kept
