"""Generate service/stubs from proto/, or prove that what is committed is what would be generated.

    python proto/generate.py            writes service/stubs
    python proto/generate.py --check    writes elsewhere and compares; exit code 1 names what differs

Needs buf and betterproto2-compiler beside the running Python, and no network.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROTO = Path(__file__).resolve().parent
STUBS = PROTO.parent / "service" / "stubs"
DESCRIPTORS = "descriptors.binpb"


def generate(out: Path) -> None:
    """Write the stubs and the descriptors into `out`."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    # The plugin says every file that it writes on stderr.
    for arguments in (
        ["generate", str(PROTO), "--template", str(PROTO / "buf.gen.yaml"), "--output", str(out)],
        ["build", str(PROTO), "--as-file-descriptor-set", "--exclude-source-info", "--output", str(out / DESCRIPTORS)],
    ):
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["buf", *arguments],  # noqa: S607 - found on the PATH that was just made
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"buf {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    (out / "__init__.py").touch()


def differences(one: Path, other: Path) -> list[str]:
    """Relative paths of files that only one folder has, or that differ."""
    names = {
        path.relative_to(folder)
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(
        str(name)
        for name in names
        if not ((one / name).is_file() and (other / name).is_file() and filecmp.cmp(one / name, other / name, False))
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        if sys.argv[1:] == ["--check"]:
            if different := differences(fresh, STUBS):
                sys.exit(f"service/stubs is not what proto/ generates: {', '.join(different)}")
            return
        shutil.rmtree(STUBS, ignore_errors=True)
        shutil.copytree(fresh, STUBS)


if __name__ == "__main__":
    main()
