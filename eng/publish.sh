#!/usr/bin/env bash
# Publishes the command line as one file that needs no .NET: artifacts/RID/cairn.
#   eng/publish.sh                for this machine's processor
#   eng/publish.sh linux-arm64    for another: needs its compiler (on Debian gcc-aarch64-linux-gnu and libc6-dev-arm64-cross)
# Then it checks what was made: size, the glibc that it needs, what else it loads, how fast it starts; of another processor's binary
# also that it runs under qemu, where that is there (on Debian qemu-user-static). Nothing to do where the sources are as they were.
# Needs the .NET 10 SDK and gcc (on Debian gcc and libc6-dev).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

most_bytes=12000000 newest_glibc=2.28 most_milliseconds=20

here=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
rid=${1:-$here}
case $rid in
    linux-x64) triplet=x86_64-linux-gnu ;;
    linux-arm64) triplet=aarch64-linux-gnu ;;
    *) echo "publish: $rid: linux-x64 and linux-arm64 can be built" >&2; exit 2 ;;
esac
tools=$triplet-
[[ $rid != "$here" ]] || tools=
for command in dotnet "${tools}gcc" "${tools}objdump"; do
    command -v "$command" > /dev/null || { echo "publish: there is no $command; see the head of eng/publish.sh" >&2; exit 69; }
done

source eng/artifacts.sh

program=artifacts/$rid/cairn
stamp=artifacts/$rid.stamp
if [[ -f $program ]] && up_to_date "$stamp" src/Cairn.Cli src/Cairn src/Directory.Build.props; then
    echo "$program is up to date"
    exit 0
fi

rm -f "$stamp"
touch "artifacts/$rid.begun"
dotnet publish src/Cairn.Cli "${quietly[@]}" --runtime "$rid" --output "artifacts/build/$rid" 9>&-
mkdir -p "artifacts/$rid"
mv "artifacts/build/$rid/Cairn.Cli" "$program"

fail() { echo "publish: $program: $*" >&2; exit 1; }

bytes=$(stat --format %s "$program")
[[ $bytes -lt $most_bytes ]] || fail "$bytes bytes, $most_bytes are too many"

glibc=$("${tools}objdump" -T "$program" | grep -oE 'GLIBC_[0-9.]+' | sort --version-sort --unique | tail -n 1 | cut -d_ -f2)
[[ -n $glibc && $(printf '%s\n' "$glibc" "$newest_glibc" | sort --version-sort | tail -n 1) == "$newest_glibc" ]] \
    || fail "needs glibc $glibc, newer than $newest_glibc: $("${tools}objdump" -T "$program" | grep -F "GLIBC_$glibc" | awk '{ print $NF }' | xargs). eng/native/old_glibc.c is the place for them"

# Parser, files, threads and a program of its own: little, but all that the compiler and the linker could have got wrong.
runs_under() {
    local folder code=0
    folder=$(mktemp -d)
    emulated=("$1" -L "/usr/$triplet" "$PWD/$program")
    "${emulated[@]}" --version > "$folder/version" || fail "--version ends with code $? under $1"
    [[ $(< "$folder/version") =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || fail "--version says '$(< "$folder/version")' under $1"
    "${emulated[@]}" --help | grep -q '^Commands:' || fail "--help is not what it should be under $1"
    printf '#!/bin/bash\n#SBATCH --time=1:00:00\n#SBATCH --signal=USR2@120\npython train.py\n' > "$folder/job.sh"
    "${emulated[@]}" lint "$folder/job.sh" > "$folder/findings" || code=$?
    [[ $code -eq 1 ]] && grep -q CAIRN020 "$folder/findings" || fail "lint of an unsound script ends with code $code under $1: $(< "$folder/findings")"
    code=0
    (cd "$folder" && "${emulated[@]}" run -- /bin/sh -c 'echo started; exit 7') > "$folder/output" || code=$?
    [[ $code -eq 7 && $(< "$folder/output") == started ]] || fail "cairn run of a program that exits 7 ends with code $code under $1: $(< "$folder/output")"
    rm -rf "$folder"
}

libraries=$("${tools}objdump" -p "$program" | awk '$1 == "NEEDED" { print $2 }' | xargs)
for library in $libraries; do
    [[ $library =~ ^(lib(c|m|dl|pthread|rt)\.so|ld-linux) ]] || fail "needs $library"
done

starts=
if [[ $rid == "$here" ]]; then
    # A busy machine can only make it slower: the fastest counts, and a slow one gets more tries.
    fastest=1000000
    for ((run = 1; run <= 20 || (run <= 500 && fastest >= most_milliseconds * 1000); run++)); do
        before=${EPOCHREALTIME/[.,]/}
        "$program" --help > /dev/null || fail "--help ends with code $?"
        took=$((${EPOCHREALTIME/[.,]/} - before))
        [[ $took -ge $fastest ]] || fastest=$took
    done
    starts=$(printf ', --help in %d.%d ms (the fastest of %d)' $((fastest / 1000)) $((fastest % 1000 / 100)) $((run - 1)))
    [[ $fastest -lt $((most_milliseconds * 1000)) ]] || fail "--help takes $((fastest / 1000)) ms, $most_milliseconds are too many"
else
    emulator=qemu-${triplet%%-*}-static
    if command -v "$emulator" > /dev/null; then
        runs_under "$emulator"
        starts=", runs under $emulator"
    else
        starts=", not run: there is no $emulator"
    fi
fi

mv "artifacts/$rid.begun" "$stamp"
echo "$program: $(printf '%d.%d MB' $((bytes / 1000000)) $((bytes % 1000000 / 100000))), glibc $glibc or later, needs $libraries$starts"
