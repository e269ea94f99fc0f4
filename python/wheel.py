#!/usr/bin/env python3
"""Makes the wheel for one platform, with the engine and the command line in it; nothing but the standard library is needed.

    python/wheel.py artifacts/linux-x64 FOLDER        the folder that eng/publish.sh filled, and where the wheel goes

The same bytes whenever and by whomever it is made.
"""

import base64
import hashlib
import os
import re
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PLATFORMS = {"linux-x64": "manylinux_2_17_x86_64", "linux-arm64": "manylinux_2_17_aarch64"}

METADATA = """\
Metadata-Version: 2.1
Name: cairn
Version: {version}
Summary: Training jobs that Slurm may stop at any time go on where they were, to the bit.
License: Apache-2.0
Requires-Python: >=3.8
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

{description}"""


def main(artifacts, folder):
    platform = PLATFORMS[os.path.basename(os.path.normpath(artifacts))]
    version = wheel_version(re.search("<Version>(.*)</Version>", read("eng/Common.props").decode()).group(1))
    info = "cairn-{}.dist-info".format(version)
    files = {}
    for name in sorted(os.listdir(os.path.join(HERE, "cairn"))):
        if name.endswith((".py", ".typed")):
            files["cairn/" + name] = read(os.path.join("python", "cairn", name))
    files["cairn/libcairn.so"] = read(os.path.join(artifacts, "libcairn.so"))
    files["cairn-{}.data/scripts/cairn".format(version)] = read(os.path.join(artifacts, "cairn"))
    files[info + "/LICENSE"] = read("LICENSE")
    files[info + "/METADATA"] = METADATA.format(version=version, description=read("docs/python-run.md").decode()).encode()
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\nGenerator: cairn\nRoot-Is-Purelib: false\nTag: py3-none-{}\n".format(platform).encode()
    record = info + "/RECORD"
    files[record] = "".join(
        "{},sha256={},{}\n".format(name, base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode(), len(content))
        for name, content in files.items()).encode() + (record + ",,\n").encode()

    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "cairn-{}-py3-none-{}.whl".format(version, platform))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name.endswith(("/cairn", ".so")) else 0o100644) << 16
            wheel.writestr(entry, content)
    print("{}: {} kB".format(path, os.path.getsize(path) // 1000))


def wheel_version(version):
    """1.0.0-preview.1 as Python has it: 1.0.0rc1."""
    return re.sub(r"-preview\.(\d+)$", r"rc\1", version)


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
