"""The one normalisation of paths: what passes is unambiguous, what is ambiguous is refused."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millgate.core.errors import PATH_NOT_SANE, Refusal
from millgate.wire.target import segments_of
from support.fuzzing import bounded

PASSES: Final[dict[bytes, tuple[str, ...]]] = {
    b"/": ("",),
    b"/a": ("a",),
    b"/a/": ("a", ""),
    b"/test/Production/v1/WorkcenterProductionLogs/12": (
        "test",
        "Production",
        "v1",
        "WorkcenterProductionLogs",
        "12",
    ),
    b"/oauth2/v1/token": ("oauth2", "v1", "token"),
    b"/.well-known/x": (".well-known", "x"),
    b"/a/.hidden": ("a", ".hidden"),
    b"/...": ("...",),
    b"/a.b/c..d": ("a.b", "c..d"),
    b"/v1;rev=2/x": ("v1;rev=2", "x"),
    b"/a~!$&'()*+,;=:@-_b": ("a~!$&'()*+,;=:@-_b",),
    b"/a+b": ("a+b",),
    b"/a%20b": ("a b",),
    b"/%41": ("A",),
    b"/%C3%A9": ("é",),
    b"/\xc3\xa9": ("é",),
    b"/%252e": ("%2e",),
    b"/%252F": ("%2F",),
    b"/a%3Fb": ("a?b",),
    b"/a%23b": ("a#b",),
    b"/%F0%90%8D%88": ("𐍈",),
    b"/%E2%80%A8": ("\u2028",),
    b"/" + b"a" * 8191: ("a" * 8191,),
}

REFUSED: Final[dict[str, tuple[bytes, str]]] = {
    "empty": (b"", "it does not start with a slash"),
    "relative": (b"a/b", "it does not start with a slash"),
    "star": (b"*", "it does not start with a slash"),
    "absolute form": (b"http://example.com/a", "it does not start with a slash"),
    "two slashes": (b"//", "it holds an empty segment"),
    "two slashes in front": (b"//internal/x", "it holds an empty segment"),
    "two slashes within": (b"/a//b", "it holds an empty segment"),
    "two slashes behind": (b"/a//", "it holds an empty segment"),
    "one dot": (b"/.", "it holds a '.' or '..' segment"),
    "one dot within": (b"/a/./b", "it holds a '.' or '..' segment"),
    "two dots and a parameter": (b"/a/..;x/b", "it holds a '.' or '..' segment"),
    "two dots": (b"/..", "it holds a '.' or '..' segment"),
    "two dots within": (b"/a/../b", "it holds a '.' or '..' segment"),
    "two dots behind": (b"/a/..", "it holds a '.' or '..' segment"),
    "two dots and a slash behind": (b"/a/../", "it holds a '.' or '..' segment"),
    "encoded slash": (b"/a%2Fb", "it holds an encoded slash, dot or backslash"),
    "encoded slash, lower case": (b"/a%2fb", "it holds an encoded slash, dot or backslash"),
    "encoded dot": (b"/%2e%2E/b", "it holds an encoded slash, dot or backslash"),
    "dot half encoded": (b"/.%2e/b", "it holds an encoded slash, dot or backslash"),
    "encoded dot in a name": (b"/a%2ejson", "it holds an encoded slash, dot or backslash"),
    "encoded backslash": (b"/a%5Cb", "it holds an encoded slash, dot or backslash"),
    "encoded backslash, lower case": (b"/a%5cb", "it holds an encoded slash, dot or backslash"),
    "backslash": (b"/a\\b", "it holds a backslash"),
    "two dots and backslash": (b"/..\\b", "it holds a backslash"),
    "fragment": (b"/a#b", "it holds a fragment"),
    "broken encoding": (b"/a%zz", "it holds a broken percent-encoding"),
    "encoding cut short": (b"/a%4", "it holds a broken percent-encoding"),
    "percent alone": (b"/%", "it holds a broken percent-encoding"),
    "unicode encoding": (b"/%u002e", "it holds a broken percent-encoding"),
    "encoded NUL": (b"/a%00", "it holds a control character"),
    "encoded line": (b"/a%0d%0aSet-Cookie:x", "it holds a control character"),
    "raw NUL": (b"/a\x00", "it holds a control character"),
    "raw line": (b"/a\n", "it holds a control character"),
    "two dots and a line": (b"/..\n", ""),
    "delete": (b"/a%7F", "it holds a control character"),
    "C1 control": (b"/a%C2%85", "it holds a control character"),
    "overlong slash": (b"/a%C0%AFb", "it is not UTF-8"),
    "overlong dot": (b"/%C0%AE%C0%AE/", "it is not UTF-8"),
    "surrogate": (b"/%ED%A0%80", "it is not UTF-8"),
    "no UTF-8": (b"/%FF", "it is not UTF-8"),
    "no UTF-8, raw": (b"/\xff", "it is not UTF-8"),
    "too long": (b"/" + b"a" * 8192, "it is longer than 8192 bytes"),
}


@pytest.mark.parametrize("path", PASSES)
def test_a_plain_path_is_split_and_decoded(path: bytes) -> None:
    assert segments_of(path) == PASSES[path]


@pytest.mark.parametrize("case", REFUSED)
def test_a_path_that_two_readers_could_read_differently_is_refused(case: str) -> None:
    path, reason = REFUSED[case]
    refusal = segments_of(path)

    assert isinstance(refusal, Refusal)
    assert refusal.problem is PATH_NOT_SANE
    assert reason in str(refusal.values["reason"])


PIECES: Final = st.one_of(
    st.sampled_from([b"/", b".", b"..", b"%2e", b"%2E", b"%2f", b"%5c", b"%25", b"%252e", b"%00", b"%0a"]),
    st.sampled_from(
        [b"\\", b"#", b"?", b";", b"%", b"%C3%A9", b"\xc3\xa9", b"\xff", b"%c0%af", b"\r\n", b"\x00"]
    ),
    st.sampled_from([b"a", b"B", b"7", b" ", b"test"]),
)
PATHS: Final = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(lambda rest: b"/" + rest),
    st.lists(PIECES, max_size=12).map(lambda pieces: b"/" + b"".join(pieces)),
    st.text(max_size=12).map(lambda text: b"/" + quote(text, safe="").encode()),
)


@bounded(800)
@given(PATHS)
@example(b"/%2e%2e/")
@example(b"/a%2f..%2fb")
@example(b"/..\n")
def test_any_bytes_are_refused_or_give_segments_without_doubt(raw: bytes) -> None:
    segments = segments_of(raw)
    if isinstance(segments, Refusal):
        assert segments.problem is PATH_NOT_SANE
        assert segments.message.endswith(".")
        return

    assert segments
    assert "" not in segments[:-1]
    for segment in segments:
        assert segment not in {".", ".."}
        assert not set(segment) & {"/", "\\"}
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in segment)
    lowered = raw.lower()
    assert not any(hidden in lowered for hidden in (b"%2f", b"%2e", b"%5c", b"\\", b"#", b"//"))
    assert "/" + "/".join(segments) == unquote_to_bytes(raw).decode()


@bounded(400)
@given(PATHS)
def test_what_passes_is_stable_when_it_is_encoded_again(raw: bytes) -> None:
    segments = segments_of(raw)
    if isinstance(segments, Refusal):
        return
    again = "/" + "/".join(quote(segment, safe="") for segment in segments)

    if len(again) <= 8192:
        assert segments_of(again.encode()) == segments


@bounded(200)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\."), min_size=1), min_size=1
    )
)
def test_any_segments_of_readable_text_pass_when_encoded(given_segments: list[str]) -> None:
    raw = "/" + "/".join(quote(segment, safe="") for segment in given_segments)

    if len(raw) <= 8192:
        assert segments_of(raw.encode()) == tuple(given_segments)
