#!/usr/bin/env bash
# Types, formatting and faults of all that lies in python/, as pyproject.toml and .flake8 there have it. A tool that is not installed is named and left
# out (on Debian mypy, black and flake8). `black python` mends the formatting.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../python"

code=0
check() {
    if command -v "$1" > /dev/null; then
        "$@" || code=1
    else
        echo "There is no $1: what it would say of python/ is not known."
    fi
}

check mypy --no-error-summary
check black --quiet --check --diff .
check flake8
exit $code
