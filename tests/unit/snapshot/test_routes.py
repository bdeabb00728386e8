"""Which operation an address means."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.describe.model import Api, Operation
from millgate.snapshot.routes import Broken, Match, Route, RouteTree
from support.fuzzing import bounded

API: Final = Api(key="a", name="A", suffix="A", version="v1", upstream="u", operations=())


def route(method: str, path: str) -> Route:
    """A route whose target is its own address."""
    names = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
    operation = Operation("o", method, path, "O", f"{method} {path}")
    return Route(
        tier="production", api=API, operation=operation, names=names, path=path, realm="", key_header="k"
    )


def tree_of(*leaves: str | Broken) -> RouteTree:
    """A tree of routes given as `METHOD /path`, and of broken leaves at `GET`."""
    tree = RouteTree()
    for leaf in leaves:
        if isinstance(leaf, Broken):
            assert tree.add("GET", tuple(leaf.path.split("/")[1:]), leaf)
        else:
            method, path = leaf.split(" ")
            assert tree.add(method, tuple(path.split("/")[1:]), route(method, path))
    return tree


def found(tree: RouteTree, address: str) -> tuple[str, dict[str, str]] | str | None:
    """The target and what was captured; the reason of a broken leaf; or None."""
    method, path = address.split(" ")
    match = tree.find(method, tuple(path.split("/")[1:]))
    if isinstance(match, Match):
        return match.route.operation.target, match.parameters
    return match.why if isinstance(match, Broken) else None


def test_a_fixed_segment_wins_over_a_parameter() -> None:
    tree = tree_of("GET /Parts/{Key}", "GET /Parts/Count")

    assert found(tree, "GET /Parts/Count") == ("GET /Parts/Count", {})
    assert found(tree, "GET /Parts/12") == ("GET /Parts/{Key}", {"Key": "12"})
    assert found(tree, "GET /Parts/count") == ("GET /Parts/{Key}", {"Key": "count"})


def test_where_the_fixed_one_has_no_such_method_the_parameter_is_tried() -> None:
    tree = tree_of("POST /Parts/Count", "GET /Parts/{Key}", "DELETE /{A}/{B}")

    assert found(tree, "POST /Parts/Count") == ("POST /Parts/Count", {})
    assert found(tree, "GET /Parts/Count") == ("GET /Parts/{Key}", {"Key": "Count"})
    assert found(tree, "DELETE /Parts/Count") == ("DELETE /{A}/{B}", {"A": "Parts", "B": "Count"})


def test_a_dead_end_behind_a_fixed_segment_is_left_again() -> None:
    tree = tree_of("GET /a/b/c", "GET /a/{X}/d", "GET /{Y}/b/e")

    assert found(tree, "GET /a/b/c") == ("GET /a/b/c", {})
    assert found(tree, "GET /a/b/d") == ("GET /a/{X}/d", {"X": "b"})
    assert found(tree, "GET /a/b/e") == ("GET /{Y}/b/e", {"Y": "a"})
    assert found(tree, "GET /a/b/f") is None


def test_what_a_dead_end_captured_is_forgotten() -> None:
    tree = tree_of("GET /{A}/x/y", "GET /{B}/{C}/z")

    assert found(tree, "GET /1/x/z") == ("GET /{B}/{C}/z", {"B": "1", "C": "x"})


def test_captured_values_are_bound_by_their_order() -> None:
    tree = tree_of("GET /{First}/and/{Second}")

    assert found(tree, "GET /1/and/2") == ("GET /{First}/and/{Second}", {"First": "1", "Second": "2"})


def test_head_is_answered_by_get_where_it_has_no_route_of_its_own() -> None:
    tree = tree_of("GET /a", "HEAD /b", "GET /b", "GET /{X}/c")

    assert found(tree, "HEAD /a") == ("GET /a", {})
    assert found(tree, "HEAD /b") == ("HEAD /b", {})
    assert found(tree, "HEAD /1/c") == ("GET /{X}/c", {"X": "1"})
    assert found(tree_of("POST /a"), "HEAD /a") is None
    assert found(tree_of("HEAD /a"), "GET /a") is None


def test_a_search_for_head_leaves_nothing_captured_for_get() -> None:
    tree = tree_of("HEAD /{A}/{B}/x", "GET /{C}/y")

    assert found(tree, "HEAD /1/y") == ("GET /{C}/y", {"C": "1"})


@pytest.mark.parametrize("address", ["GET /a", "GET /a/b/", "GET /a/b/c", "GET /", "PUT /a/b", "get /a/b"])
def test_other_addresses_have_no_route(address: str) -> None:
    assert found(tree_of("GET /a/b"), address) is None


def test_an_empty_segment_is_no_value_of_a_parameter() -> None:
    assert found(tree_of("GET /a/{X}"), "GET /a/") is None


def test_no_segments_at_all_have_no_route() -> None:
    assert tree_of("GET /a").find("GET", ()) is None


def test_a_broken_route_never_falls_through_to_a_wider_one() -> None:
    tree = tree_of(
        "GET /{Any}", "GET /{Any}/{Key}", Broken("/Narrow", "no upstream"), Broken("/Narrow/{Key}", "none")
    )

    assert found(tree, "GET /Narrow") == "no upstream"
    assert found(tree, "GET /Narrow/1") == "none"
    assert found(tree, "HEAD /Narrow") == "no upstream"
    assert found(tree, "GET /Other") == ("GET /{Any}", {"Any": "Other"})


def test_broken_takes_the_place_of_a_good_route_and_never_the_other_way() -> None:
    """Of two routes at one address neither may answer when one of them cannot be built."""
    tree = tree_of("GET /a")
    assert tree.add("GET", ("a",), Broken("/a", "faulty"))
    assert found(tree, "GET /a") == "faulty"

    assert not tree.add("GET", ("a",), route("GET", "/a"))
    assert found(tree, "GET /a") == "faulty"


def test_one_address_has_one_route() -> None:
    tree = tree_of("GET /a/{X}")

    assert not tree.add("GET", ("a", "{Y}"), route("GET", "/a/{Y}"))
    assert found(tree, "GET /a/1") == ("GET /a/{X}", {"X": "1"})
    assert tree.add("PUT", ("a", "{Y}"), route("PUT", "/a/{Y}"))


def test_a_segment_that_looks_like_a_template_is_only_text() -> None:
    assert found(tree_of("GET /{X}"), "GET /{X}") == ("GET /{X}", {"X": "{X}"})


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("/PartList/v1/Part", "/PartList/v1/Parts"),
        ("/PartList/v1/parts", "/PartList/v1/Parts"),
        ("/partlist/v1/parts", "/PartList/v1/Parts"),
        ("/PartList/v1/Customer", "/PartList/v1/Customers"),
        ("/PartList/v1/Parts/12/", "/PartList/v1/Parts/{Key}"),
        ("/PartList/v2/Parts", "/PartList/v1/Parts"),
        ("/PartsList/v1/Parts", "/PartList/v1/Parts"),
        ("/", None),
        ("/wp-login.php", None),
        ("/" + "x" * 5000, None),
    ],
)
def test_a_wrong_address_has_a_near_one_where_one_is_near(asked: str, near: str | None) -> None:
    tree = tree_of(
        "GET /PartList/v1/Customers",
        "GET /PartList/v1/Carriers",
        "GET /PartList/v1/Parts/{Key}",
        "GET /PartList/v1/Parts",
        "GET /JobTracking/v1/DcJobs",
    )

    assert tree.near(asked) == near


def test_an_empty_tree_has_nothing_near() -> None:
    assert RouteTree().near("/a") is None


NAMES: Final = st.sampled_from(["a", "b", "{X}", "{Y}"])
METHODS: Final = st.sampled_from(["GET", "HEAD", "POST"])
TEMPLATES: Final = st.lists(NAMES, min_size=1, max_size=4)


def fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        want.startswith("{") or want == have for want, have in zip(template, segments, strict=True)
    )


def best(templates: list[tuple[str, ...]], segments: list[str]) -> tuple[bool, ...] | None:
    """A naive model: of all that fit, the one with the leftmost fixed segment; its pattern of fixed ones."""
    patterns = [
        tuple(not part.startswith("{") for part in one) for one in templates if fits(list(one), segments)
    ]
    return max(patterns, default=None)


@bounded(300)
@given(
    st.lists(st.tuples(METHODS, TEMPLATES), max_size=12),
    METHODS,
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4),
)
def test_a_tree_finds_what_a_naive_search_finds(
    leaves: list[tuple[str, list[str]]], method: str, segments: list[str]
) -> None:
    tree = RouteTree()
    for verb, template in leaves:
        tree.add(verb, tuple(template), route(verb, "/" + "/".join(template)))

    match = tree.find(method, tuple(segments))
    of_method = best([tuple(template) for verb, template in leaves if verb == method], segments)
    if of_method is None and method == "HEAD":
        of_method = best([tuple(template) for verb, template in leaves if verb == "GET"], segments)

    if of_method is None:
        assert match is None
    else:
        assert isinstance(match, Match)
        own = match.route.operation.template.split("/")[1:]
        assert tuple(not part.startswith("{") for part in own) == of_method
        assert fits(own, segments)
