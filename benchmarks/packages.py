"""The published packages that the linter is watched on: fetched with pip, unpacked, never run."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]

FOLDER = "SHAPEGUARD_ECOSYSTEM"
"""The environment variable that names a folder of packages unpacked as NAME-VERSION."""

WHEELS = (
    "torchaudio==2.11.0",
    "flair==0.15.1",
    "stanza==1.15.0",
    "speechbrain==1.1.2",
    "espnet==202511",
    "allennlp==2.10.1",
    "pyro-ppl==1.9.2",
    "sb3-contrib==2.9.2",
    "kraken==7.1.1",
    "easyocr==1.7.2",
    "coqui-tts==0.28.0",
    "darts==0.48.1",
    "neuralforecast==3.3.0",
    "pytorch-forecasting==1.8.0",
    "OpenNMT-py==3.5.1",
    "gluonts==0.17.0",
    "transformers==5.23.0",
    "lightning==2.6.6",
    "d2l==1.0.3",
    "tianshou==2.0.1",
)
SDISTS = ("fairseq==0.12.2",)

# The same files whatever runs this: torchaudio's wheels are made for one platform each.
PLATFORM = ("--python-version=3.11", "--platform=manylinux_2_28_x86_64", "--only-binary=:all:")

SUFFIXES = (".py", ".ipynb")


class Unavailable(Exception):
    """The packages cannot be had; the message says why."""


def folder(given: str | None = None) -> Path:
    """The folder of unpacked packages, filled if it is our own."""
    named = given or os.environ.get(FOLDER)
    if named:
        if not Path(named).is_dir():
            raise Unavailable(f"{named} is not a folder")
        return Path(named).resolve()
    own = ROOT / ".ecosystem"
    for requirement in (*WHEELS, *SDISTS):
        target = own / requirement.replace("==", "-")
        if not target.is_dir():
            print(f"Downloading {requirement}", file=sys.stderr, flush=True)
            _fetch(requirement, target)
    return own


def _fetch(requirement: str, target: Path) -> None:
    """Download a package and put its Python files in place, all of them or none."""
    target.parent.mkdir(exist_ok=True)
    how = (f"--no-binary={requirement.partition('=')[0]}",) if requirement in SDISTS else PLATFORM
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *how]
        command += ["--dest", scratch, requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip() or "pip failed").splitlines()[-1]
            raise Unavailable(f"{requirement}: {last}")
        (archive,) = Path(scratch).iterdir()
        unpacked = Path(scratch) / "unpacked"
        for name, content in _members(archive):
            path = unpacked / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        unpacked.rename(target)


def _members(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The Python files in an archive, by their names in the package."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                name = PurePosixPath(info.filename)
                if _wanted(name):
                    yield name, wheel.read(info)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist:
            name = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            content = sdist.extractfile(member) if member.isfile() else None
            if content is not None and _wanted(name):
                yield name, content.read()


def _wanted(name: PurePosixPath) -> bool:
    return name.suffix in SUFFIXES and not name.is_absolute() and ".." not in name.parts
