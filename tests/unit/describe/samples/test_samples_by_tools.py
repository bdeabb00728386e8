"""Every sample is accepted, and where it can be cheaply run is run, by its language's own tool."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
import tree_sitter_c_sharp
import tree_sitter_powershell
from tree_sitter import Language as Grammar
from tree_sitter import Parser

from millgate.describe.samples import language_named
from support.sample_apis import calls, header_texts

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.describe.samples import SampleCall
    from millgate.describe.samples.model import TokenStep

CALLS = calls()


def texts(language: str) -> list[str]:
    return [language_named(language).text(call) for call in CALLS]


def tool(name: str) -> str:
    """The tool; on a machine without it the test says so on its line."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
    return found


def run(*arguments: str, given: str = "") -> str:
    done = subprocess.run(arguments, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return done.stdout


def written(folder: Path, language: str, ending: str) -> list[str]:
    paths = []
    for number, text in enumerate(texts(language)):
        path = folder / f"sample{number}.{ending}"
        path.write_text(text)
        paths.append(str(path))
    return paths


BASH = r"""
curl() {
  case " $* " in *grant_type=client_credentials*) printf '{"access_token": "T0KEN"}\n' ;; esac
  printf '%s\0' "$@" >>"$OUT"; printf '\1\0' >>"$OUT"
}
reboot() { echo "IT RAN" >&2; exit 1; }
for file in "$@"; do ( . "$file" >/dev/null ); printf '\2\0' >>"$OUT"; done
"""


def test_bash_runs_curl_with_what_is_documented(tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = written(tmp_path, "curl", "sh")
    done = subprocess.run(
        [tool("bash"), "-c", f"OUT={out}{BASH}", "bash", *files], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    samples = out.read_bytes().decode().split("\2\0")[:-1]
    assert len(samples) == len(CALLS)
    for call, sample in zip(CALLS, samples, strict=True):
        *grants, request = (part.split("\0")[:-1] for part in sample.split("\1\0")[:-1])
        assert [(grant[:2], grant[3::2]) for grant in grants] == [
            (["--silent", step.url], [f"{name}={value}" for name, value in call.form()])
            for step in steps(call)
        ]
        assert options(request, "--header") == [f"{name}: {value}" for name, value in header_texts(call)]
        assert options(request, "--data-raw") == ([call.body] if call.body else [])
        assert options(request, "--request") == ([] if call.method == "GET" else [call.method])
        assert call.url in request


def steps(call: SampleCall) -> list[TokenStep]:
    """What goes before the call: getting a token, where one is needed."""
    return [call.token] if call.token else []


def options(arguments: list[str], name: str) -> list[str]:
    return [arguments[at + 1] for at, argument in enumerate(arguments) if argument == name]


NODE = """
const sources = JSON.parse(require("fs").readFileSync(0, "utf8"));
const Async = (async () => {}).constructor;
(async () => {
  const all = [];
  for (const source of sources) {
    const sent = [];
    const fetch = async (url, init) => {
      sent.push([url, init.method, Object.entries(init.headers ?? {}), String(init.body ?? "")]);
      return { status: 200, json: async () => ({ access_token: "T0KEN" }), text: async () => "" };
    };
    await new Async("fetch", "console", source)(fetch, { log() {} });
    all.push(sent);
  }
  console.log(JSON.stringify(all));
})();
"""


def test_node_fetches_what_is_documented() -> None:
    answered: list[Any] = json.loads(run(tool("node"), "-e", NODE, given=json.dumps(texts("javascript"))))
    for call, (*grants, request) in zip(CALLS, answered, strict=True):
        assert [(grant[:2], parse_qsl(grant[3])) for grant in grants] == [
            ([step.url, "POST"], list(call.form())) for step in steps(call)
        ]
        assert request[:2] == [call.url, call.method]
        assert [tuple(item) for item in request[2]] == header_texts(call)
        assert request[3] == call.body


QUICKLY = ("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC")
"""To javac: a program that runs for seconds gains nothing from what it would do for minutes."""


def test_javac_compiles_it(tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate(texts("java")):
        path = tmp_path / f"Sample{number}.java"
        path.write_text(text.replace("public class Sample {", f"public class Sample{number} {{"))
        paths.append(str(path))
    out = str(tmp_path / "classes")
    run(tool("javac"), *QUICKLY, "-encoding", "UTF-8", "-proc:none", "-d", out, *paths)


def test_php_parses_it() -> None:
    parse = "foreach (json_decode(stream_get_contents(STDIN)) as $code) token_get_all($code, TOKEN_PARSE);"
    run(tool("php"), "-r", parse, given=json.dumps(texts("php")))


def test_ruby_compiles_it() -> None:
    compiled = "JSON.parse(STDIN.read).each { |code| RubyVM::InstructionSequence.compile(code) }"
    run(tool("ruby"), "-rjson", "-e", compiled, given=json.dumps(texts("ruby")))


def test_gofmt_would_write_it_the_same(tmp_path: Path) -> None:
    gofmt = tool("gofmt")
    for path in written(tmp_path, "go", "go"):
        with open(path, "a") as file:  # noqa: PTH123 - a plain append
            file.write("\n")
    assert run(gofmt, "-l", "-e", str(tmp_path)) == ""


# Debian compiles neither C# of this decade nor PowerShell; both have grammars that others keep.


def fault_of(grammar: Grammar, text: str) -> str:
    """The first thing that the grammar of a language does not know; empty when all is well."""
    tree = Parser(grammar).parse(text.encode())
    if not tree.root_node.has_error:
        return ""
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return f"line {node.start_point.row + 1}: {node.text!r}"
        waiting.extend(reversed(node.children))
    return "somewhere"


@pytest.mark.parametrize(
    ("language", "grammar", "faulty"),
    [
        ("csharp", tree_sitter_c_sharp.language(), ("var key = ;", 'Console.Write("a" "b");', 'var a = "b;')),
        ("powershell", tree_sitter_powershell.language(), ("$a = ", "if ($a { }", '$a = "b')),
    ],
)
def test_the_grammar_of_its_language_knows_all_of_it(
    language: str, grammar: object, faulty: tuple[str, ...]
) -> None:
    known = Grammar(grammar)
    assert [fault for text in texts(language) if (fault := fault_of(known, text))] == []
    assert all(fault_of(known, text) for text in faulty)
