#!/usr/bin/env python3
"""Makes the wheel for one platform, with the engine and the command line in it; nothing but the standard library is needed.

    python/wheel.py artifacts/linux-x64 FOLDER        the folder that eng/publish.sh filled, and where the wheel goes

The same bytes whenever and by whomever it is made. It is what builds the package for other tools, too: `pip wheel python/`, `python3 -m build --wheel
--no-isolation python/` (Debian's python3-build) for this machine's platform.
"""

import base64
import hashlib
import os
import platform
import re
import sys
import zipfile
from typing import Dict, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# Before pip 20.3 the older name of the same was known alone.
PLATFORMS = {
    "linux-x64": ["manylinux2014_x86_64", "manylinux_2_17_x86_64"],
    "linux-arm64": ["manylinux2014_aarch64", "manylinux_2_17_aarch64"],
}
FOLDER_OF_MACHINE = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}

METADATA = """\
Metadata-Version: 2.1
Name: cairn
Version: {version}
Summary: Training jobs that Slurm may stop at any time go on where they were, to the bit.
Keywords: checkpoint,preemption,pytorch,requeue,resume,slurm,training
License: Apache-2.0
License-File: LICENSE
Requires-Python: >=3.8
Classifier: Development Status :: 4 - Beta
Classifier: Environment :: Console
Classifier: Environment :: GPU
Classifier: Intended Audience :: Developers
Classifier: Intended Audience :: Science/Research
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3 :: Only
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Classifier: Topic :: System :: Clustering
Classifier: Topic :: System :: Distributed Computing
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

{description}"""


def main(artifacts: str, folder: str) -> str:
    """Makes the wheel; its path."""
    platforms = PLATFORMS[os.path.basename(os.path.normpath(artifacts))]
    version = wheel_version()
    info = "cairn-{}.dist-info".format(version)
    files: Dict[str, bytes] = {}
    for name in sorted(os.listdir(os.path.join(HERE, "cairn"))):
        if name.endswith((".py", ".typed")):
            files["cairn/" + name] = read(os.path.join("python", "cairn", name))
    files["cairn/libcairn.so"] = read(os.path.join(artifacts, "libcairn.so"))
    files["cairn-{}.data/scripts/cairn".format(version)] = read(os.path.join(artifacts, "cairn"))
    files[info + "/LICENSE"] = read("LICENSE")
    files[info + "/METADATA"] = METADATA.format(version=version, description=read("docs/python.md").decode()).encode()
    tags = "".join("Tag: py3-none-{}\n".format(one) for one in platforms)
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\nGenerator: cairn\nRoot-Is-Purelib: false\n{}".format(tags).encode()
    record = info + "/RECORD"
    lines = ["{},sha256={},{}\n".format(name, digest(content), len(content)) for name, content in files.items()]
    files[record] = "".join([*lines, record + ",,\n"]).encode()

    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "cairn-{}-py3-none-{}.whl".format(version, ".".join(platforms)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name.endswith(("/cairn", ".so")) else 0o100644) << 16
            wheel.writestr(entry, content)
    return path


def wheel_version() -> str:
    """1.0.0-preview.1 as Python has it: 1.0.0rc1."""
    version = re.search("<Version>(.*)</Version>", read("eng/Common.props").decode())
    assert version is not None
    return re.sub(r"-preview\.(\d+)$", r"rc\1", version.group(1))


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def read(path: str) -> bytes:
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


# ---- what pip and build call (PEP 517) ----


def build_wheel(wheel_directory: str, config_settings: Optional[object] = None, metadata_directory: Optional[str] = None) -> str:
    artifacts = os.path.join(ROOT, "artifacts", FOLDER_OF_MACHINE.get(platform.machine(), platform.machine()))
    if not os.path.exists(os.path.join(artifacts, "libcairn.so")):
        sys.exit("{} holds no libcairn.so: run eng/publish.sh first".format(artifacts))
    return os.path.basename(main(artifacts, wheel_directory))


def build_sdist(sdist_directory: str, config_settings: Optional[object] = None) -> str:
    sys.exit("the package is given away as wheels: the engine is not made by Python's tools")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if os.path.basename(os.path.normpath(sys.argv[1])) not in PLATFORMS:
        sys.exit("wheel.py: {}: the folder's name says for which platform, {}".format(sys.argv[1], " or ".join(PLATFORMS)))
    made = main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    print("{}: {} kB".format(made, os.path.getsize(made) // 1000))
