from __future__ import annotations

import pytest

from millgate.plant.etag import etag_of, names

TAG = etag_of(b'{"partKey":101}')


def test_a_row_has_the_same_tag_as_long_as_it_reads_the_same() -> None:
    assert etag_of(b'{"partKey":101}') == TAG
    assert etag_of(b'{"partKey":102}') != TAG
    assert TAG.startswith('"')
    assert TAG.endswith('"')


@pytest.mark.parametrize(
    ("header", "strongly", "weakly"),
    [
        (TAG, True, True),
        (f'"other", {TAG}', True, True),
        (f"W/{TAG}", False, True),
        (f'W/"other",W/{TAG}', False, True),
        ("*", True, True),
        ('"other"', False, False),
        (TAG.strip('"'), False, False),
        ("", False, False),
    ],
)
def test_a_header_names_a_tag_as_the_standard_compares(header: str, strongly: bool, weakly: bool) -> None:
    assert names(header, TAG) is strongly
    assert names(header, TAG, weakly=True) is weakly
