"""The contract is what clients in other languages speak, and the stubs are generated from it: strategies 5."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.type import decimal_pb2

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
PACKAGE = "opensqt.market_maker.v1"
BUF = shutil.which("buf", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")

needs_buf = pytest.mark.skipif(BUF is None, reason="buf is not installed (PyPI: buf-bin)")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands


def committed() -> dict[str, FileDescriptorProto]:
    image = (ROOT / "service" / "stubs" / "descriptors.binpb").read_bytes()
    return {file.name: file for file in FileDescriptorSet.FromString(image).file}


Facts = dict[str, object]


def facts(files: dict[str, FileDescriptorProto]) -> Facts:
    """Every name, number and type of the package, and which file has it."""
    found: Facts = {}
    for file in files.values():
        if file.package != PACKAGE:
            continue
        for message in file.message_type:
            found |= {f"{file.name}:{message.name}.{name}": fact for name, fact in _fields(message).items()}
            found[f"{file.name}:{message.name}"] = "message"
        for enum in file.enum_type:
            found |= {f"{file.name}:{enum.name}.{value.name}": value.number for value in enum.value}
        for service in file.service:
            for method in service.method:
                found[f"{file.name}:{service.name}.{method.name}"] = (
                    method.input_type,
                    method.output_type,
                    method.client_streaming,
                    method.server_streaming,
                )
    return found


def _fields(message: DescriptorProto) -> Facts:
    return {each.name: (each.number, each.type, each.label, each.type_name) for each in message.field}


def test_the_contract_is_exactly_the_one_that_clients_speak(shared: Path) -> None:
    image = FileDescriptorSet.FromString((shared / "contract" / "exchange_v1.binpb").read_bytes())
    theirs = facts({file.name: file for file in image.file})
    ours = facts(committed())
    assert len(theirs) > 200
    assert {name: ours.get(name) for name in theirs} == theirs
    assert set(ours) == set(theirs)


def test_options_that_other_languages_generate_from_are_kept(shared: Path) -> None:
    image = FileDescriptorSet.FromString((shared / "contract" / "exchange_v1.binpb").read_bytes())
    for file in image.file:
        if file.package == PACKAGE:
            assert committed()[file.name].options == file.options
            assert list(committed()[file.name].dependency) == sorted(file.dependency)


def test_the_foreign_import_is_googles_own() -> None:
    ours = committed()["google/type/decimal.proto"]
    theirs = FileDescriptorProto.FromString(decimal_pb2.DESCRIPTOR.serialized_pb)
    for field in [*ours.message_type[0].field, *theirs.message_type[0].field]:
        field.ClearField("json_name")  # buf writes it, protoc does not
    assert ours == theirs


@needs_buf
def test_buf_lint_is_clean() -> None:
    done = run(str(BUF), "lint", "proto")
    assert done.returncode == 0, done.stdout


@needs_buf
def test_the_sources_are_formatted() -> None:
    done = run(str(BUF), "format", "proto", "--diff", "--exit-code")
    assert done.returncode == 0, done.stdout


@needs_buf
def test_nothing_breaks_for_the_clients_that_there_are(shared: Path) -> None:
    done = run(str(BUF), "breaking", "proto", "--against", str(shared / "contract" / "exchange_v1.binpb"))
    assert done.returncode == 0, done.stdout


@needs_buf
def test_what_breaks_a_client_is_found(shared: Path, tmp_path: Path) -> None:
    changed = tmp_path / "proto"
    shutil.copytree(PROTO, changed)
    events = changed / "opensqt/market_maker/v1/events.proto"
    events.write_text(events.read_text().replace("google.type.Decimal rate = 3", "google.type.Decimal rate = 7"))
    done = run(str(BUF), "breaking", str(changed), "--against", str(shared / "contract" / "exchange_v1.binpb"))
    assert done.returncode != 0
    assert "rate" in done.stdout


@needs_buf
def test_the_committed_stubs_are_what_the_sources_generate() -> None:
    done = run(sys.executable, "proto/generate.py", "--check")
    assert done.returncode == 0, done.stderr


def test_every_field_says_what_it_means() -> None:
    """buf's COMMENTS rules see to it; this holds where buf is not at hand."""
    for path in sorted((PROTO / "opensqt").rglob("*.proto")):
        before = ""
        for line in path.read_text().splitlines():
            if re.match(r"\s+(repeated )?[\w.]+ \w+ = \d+;|\s+[A-Z_]+ = \d+;|\s+rpc |message |enum |service ", line):
                assert before.strip().startswith("//"), f"{path.name}: {line.strip()}"
            before = line
