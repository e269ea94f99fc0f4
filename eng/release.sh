#!/usr/bin/env bash
# Makes everything that is given away, and checksums: the binaries for x64 and arm64, the engine for other
# languages, the packages and their symbols, the wheels for Python, the Python helper.
#   eng/release.sh FOLDER                into a folder that is empty or not there
#   eng/release.sh --rehearsal FOLDER    although the changelog does not name the version yet, or there is no compiler for arm64
# It is made of the newest commit, in a clone of its own: what is not committed is not in it, and is named. Nothing is uploaded.
# The wheel of this machine is installed into an empty environment without network, and does there what the README begins with.
# Needs git, python3 with venv, and what eng/publish.sh needs for both processors (on Debian gcc, libc6-dev, gcc-aarch64-linux-gnu and
# libc6-dev-arm64-cross; qemu-user-static to try the other processor's binary).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
began=$SECONDS

refuse() { echo "release: $1" >&2; exit "${2:-1}"; }

rehearsal=
[[ ${1-} != --rehearsal ]] || { rehearsal=1; shift; }
[[ $# -eq 1 && $1 != -* ]] || refuse "one folder is wanted; see the head of eng/release.sh" 2
mkdir -p "$1"
out=$(readlink -f "$1")
[[ -z $(ls -A "$out") ]] || refuse "$out is not empty" 2

left=$(git status --porcelain)
[[ -z $left ]] || printf 'release: not committed, and so not in it:\n%s\n' "$left"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet . "$work/cairn"
# What the packages say of the repository is what this checkout knows of it.
if remote=$(git remote get-url origin 2> /dev/null); then
    git -C "$work/cairn" remote set-url origin "$remote"
else
    git -C "$work/cairn" remote remove origin
fi
cd "$work/cairn"

version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' eng/Common.props)
newest=$(sed -n 's/^## //p' CHANGELOG.md | head -n 1)
if [[ "$newest " != "$version "* ]]; then
    [[ -n $rehearsal ]] || refuse "the version is $version (eng/Common.props), and CHANGELOG.md begins with '$newest'"
    echo "release: a rehearsal: the version is $version, and CHANGELOG.md begins with '$newest'"
fi

eng/pack.sh
mv artifacts/packages/*.nupkg artifacts/packages/*.snupkg "$out"

# The same bytes whenever and by whomever it is made.
archive() {
    tar --create --directory "$work/$1" --sort=name --owner=0 --group=0 --numeric-owner --mode=go-w --mtime="$(git log -1 --format=@%ct)" "${@:3}" \
        | gzip --no-name > "$out/$2"
}

# An empty environment, in which nothing can be had from elsewhere.
try_wheel() {
    local wheel=$1 environment=$work/environment alone=()
    python3 -m venv "$environment"
    ! unshare --net true 2> /dev/null || alone=(unshare --net)
    "${alone[@]}" "$environment/bin/pip" install --quiet --no-index --disable-pip-version-check "$wheel"
    [[ $("$environment/bin/cairn" --version) == "$version"* ]] || refuse "$wheel: cairn --version says $("$environment/bin/cairn" --version)"
    "$environment/bin/python" -m cairn.demo > "$work/demo" 2>&1 || refuse "$wheel: python -m cairn.demo ends with code $?: $(< "$work/demo")"
    tail -n 1 "$work/demo"
}

for rid in linux-x64 linux-arm64; do
    code=0
    eng/publish.sh "$rid" || code=$?
    if [[ $code -eq 69 && -n $rehearsal ]]; then
        echo "release: a rehearsal: without $rid"
        continue
    fi
    [[ $code -eq 0 ]] || exit "$code"
    mkdir "$work/$rid"
    cp "artifacts/$rid/cairn" "artifacts/$rid/libcairn.so" src/Cairn.Native/cairn.h LICENSE "$work/$rid"
    archive "$rid" "cairn-$version-$rid.tar.gz" cairn LICENSE
    archive "$rid" "libcairn-$version-$rid.tar.gz" libcairn.so cairn.h LICENSE
    python3 -B python/wheel.py "artifacts/$rid" "$out"
done
try_wheel "$out"/cairn-*"$(uname -m)".whl
cp python/cairn/_job.py "$out/cairn.py" # for programs without the wheel

cd "$out"
sha256sum -- * > "$work/SHA256SUMS"
mv "$work/SHA256SUMS" .
sha256sum --check --quiet SHA256SUMS
echo
echo "Cairn $version ($(git -C "$work/cairn" rev-parse --short HEAD)) in $out, in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s:"
stat --format '%s %n' -- * | awk '{ printf "%12d bytes  %s\n", $1, $2 }'
