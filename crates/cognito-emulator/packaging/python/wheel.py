"""Writes a wheel that contains one program.

Usage: wheel.py PROGRAM README VERSION PLATFORM FOLDER LICENCE...

Prints the path of the wheel. The same input results in the same bytes.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

NAME = "cognito_emulator"
METADATA = """\
Metadata-Version: 2.4
Name: cognito-emulator
Version: {version}
Summary: An emulator of Amazon Cognito user pools for tests and local development.
License-Expression: MIT OR Apache-2.0
{licences}
Keywords: cognito,aws,emulator,testing
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{readme}"""
WHEEL = """\
Wheel-Version: 1.0
Generator: cognito-emulator
Root-Is-Purelib: false
{tags}
"""
# The earliest time that a ZIP file can contain.
TIME = (1980, 1, 1, 0, 0, 0)


def main(program, readme, version, platform, folder, *licences):
    tag = f"py3-none-{platform}"
    tags = "\n".join(f"Tag: py3-none-{name}" for name in platform.split("."))
    info = f"{NAME}-{version}.dist-info"
    readme = pathlib.Path(readme).read_text(encoding="utf-8")
    licences = {pathlib.Path(path).name: pathlib.Path(path).read_bytes() for path in licences}
    listed = "\n".join(f"License-File: {name}" for name in licences)
    metadata = METADATA.format(version=version, licences=listed, readme=readme)
    files = {
        f"{NAME}-{version}.data/scripts/cognito-emulator": pathlib.Path(program).read_bytes(),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": WHEEL.format(tags=tags).encode(),
    }
    files |= {f"{info}/licenses/{name}": text for name, text in licences.items()}
    record = "".join(f"{name},{digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = pathlib.Path(folder) / f"{NAME}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if "/scripts/" in name else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, data)
    print(path)


def digest(data):
    value = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + value.decode().rstrip("=")


if __name__ == "__main__":
    main(*sys.argv[1:])
