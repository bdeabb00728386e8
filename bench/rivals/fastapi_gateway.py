"""The gateway that one would write by hand: FastAPI, PyJWT and slowapi, as their documentation shows them.

BENCH_WORK=FILE BENCH_ORIGIN=URL  uvicorn fastapi_gateway:app
"""

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, FastAPI, HTTPException, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded

RATE_SECONDS = 10
QUOTA_DAYS = 7
ANSWER = {"answer": "x" * 387}
LONGEST_RATE_SECONDS = 300

work = json.loads(Path(os.environ["BENCH_WORK"]).read_text())
everybody = [*work["callers"], work["limited"], work["scant"], work["test_only"]]
subscriptions = {item["key"]: item["name"] for item in everybody}
limits = {
    item["key"]: f"{item['rate']}/{RATE_SECONDS} seconds;{item['quota']}/{QUOTA_DAYS} days"
    for item in everybody
}
test_only = {work["test_only"]["application"]}
public_key = load_pem_public_key(work["public_pem"].encode())

key_header = APIKeyHeader(name="Ocp-Apim-Subscription-Key", auto_error=False)
bearer = HTTPBearer(auto_error=False)
usage: Counter[tuple[str, str, str, int]] = Counter()


def key_of(request: Request) -> str:
    """What calls are counted by."""
    return request.headers["Ocp-Apim-Subscription-Key"]


def limits_of(key: str) -> str:
    """Rate limit and quota of a subscription."""
    return limits[key]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for all calls to the origin."""
    async with httpx.AsyncClient(base_url=os.environ["BENCH_ORIGIN"]) as client:
        app.state.client = client
        yield


limiter = Limiter(key_func=key_of)
app = FastAPI(lifespan=lifespan)
app.state.limiter = limiter


@app.exception_handler(RateLimitExceeded)
async def refuse(request: Request, refused: RateLimitExceeded) -> JSONResponse:
    """429 for the rate limit, 403 for the quota."""
    record(request, 429)
    if refused.limit.limit.get_expiry() > LONGEST_RATE_SECONDS:
        return JSONResponse({"statusCode": 403, "message": "Out of call volume quota."}, 403)
    return JSONResponse({"statusCode": 429, "message": "Rate limit is exceeded."}, 429)


async def subscription(key: Annotated[str | None, Security(key_header)]) -> str:
    """The subscription of the key."""
    if key not in subscriptions:
        raise HTTPException(401, "Access denied due to invalid subscription key.")
    return subscriptions[key]


async def claims(token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> dict:
    """What a good token says."""
    if token is None:
        raise HTTPException(401, "Authorization header value not present.")
    try:
        return jwt.decode(
            token.credentials,
            public_key,
            algorithms=["RS256"],
            audience=work["audience"],
            issuer=work["issuer"],
            options={"require": ["exp"]},
        )
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Access token is missing or invalid.") from None


policies = [Depends(subscription), Depends(claims)]


async def production(claims: Annotated[dict, Depends(claims)]) -> None:
    """The production tier is closed to programs that may only test."""
    if claims["appid"] in test_only:
        raise HTTPException(403, "Application is not allowed to access production resources.")


def record(request: Request, status: int) -> None:
    """Count a call."""
    name = subscriptions.get(request.headers.get("Ocp-Apim-Subscription-Key"), "")
    usage[request.url.path, name, request.method, status // 100] += 1


@app.get("/test/Answers/v1/Answer", dependencies=policies)
@limiter.limit(limits_of)
async def answer(request: Request) -> dict:
    """The answer on the test tier."""
    record(request, 200)
    return ANSWER


@app.get("/Answers/v1/Answer", dependencies=[*policies, Depends(production)])
@limiter.limit(limits_of)
async def production_answer(request: Request) -> dict:
    """The answer on the production tier."""
    record(request, 200)
    return ANSWER


@app.get("/test/Origin/v1/Answer", dependencies=policies)
@limiter.limit(limits_of)
async def proxied(request: Request) -> Response:
    """The origin's answer."""
    found = await request.app.state.client.get("/Answer")
    record(request, found.status_code)
    return Response(found.content, found.status_code, media_type=found.headers["content-type"])
