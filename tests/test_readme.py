"""What the README shows is what there is."""

from pathlib import Path

from typer.main import get_command

from service.cli import app
from service.settings import load

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_every_setting_stands_in_the_table_with_its_default_and_meaning() -> None:
    for row in load().effective():
        assert f"| `{row.name}` | {row.value if row.source == 'default' else ''}" in README
        assert row.description in README


def test_the_clients_are_the_examples() -> None:
    for name in ("client.py", "go/main.go"):
        example = (ROOT / "examples" / name).read_text()
        beginning = "import asyncio" if name == "client.py" else "func main() {"
        shown = example[example.index(beginning) :].partition("\nfunc check")[0].strip()
        assert shown in README, name


def test_the_commands_exist() -> None:
    commands = set(getattr(get_command(app), "commands", {}))
    table = README.partition("## Tools")[2].partition("##")[0]
    named = {word.split()[0] for word in table.split("`")[1::2] if word and word[0].islower()}
    assert commands <= named
    assert {"serve", "demo", "venue", "watch", "health", "check", "replay", "decode", "request"} <= commands


def test_links_lead_somewhere() -> None:
    for target in {part.partition(")")[0] for part in README.split("](")[1:]}:
        assert (ROOT / target).exists(), target
