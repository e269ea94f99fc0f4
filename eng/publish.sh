#!/usr/bin/env bash
# Publishes the command line as one file that needs no .NET, artifacts/RID/cairn, and the engine for other languages, artifacts/RID/libcairn.so.
#   eng/publish.sh                for this machine's processor
#   eng/publish.sh --test-programs    and, in artifacts/test-programs, programs that the tests start some hundred times
#   eng/publish.sh linux-arm64    for another: needs its compiler (on Debian gcc-aarch64-linux-gnu and libc6-dev-arm64-cross)
# Then it checks what was made: size, the glibc that it needs, what else it loads, how fast it starts, what it exports; of another processor's binary
# also that both run under qemu, where that is there (on Debian qemu-user-static). Nothing to do where the sources are as they were.
# Needs the .NET 10 SDK and gcc (on Debian gcc and libc6-dev).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

most_bytes=12000000 newest_glibc=2.28 most_milliseconds=20
most_bytes_of_library=7000000 newest_glibc_of_library=2.17

here=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
test_programs=
[[ ${1-} != --test-programs ]] || { test_programs=1; shift; }
rid=${1:-$here}
[[ $# -le 1 && ( -z $test_programs || $rid == "$here" ) ]] || { echo "publish: $*: one processor, or --test-programs, which is for this machine's" >&2; exit 2; }
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
library=artifacts/$rid/libcairn.so
stamp=artifacts/$rid.stamp
mkdir -p "artifacts/$rid"

fail() { echo "publish: $1: ${*:2}" >&2; exit 1; }

in_megabytes() { local tenths=$((($1 + 50000) / 100000)); printf '%d.%d MB' $((tenths / 10)) $((tenths % 10)); }

# check FILE BYTES GLIBC: size, glibc and libraries of a file; sets bytes, glibc and libraries.
check() {
    local newest=$3
    bytes=$(stat --format %s "$1")
    [[ $bytes -lt $2 ]] || fail "$1" "$bytes bytes, $2 are too many"

    glibc=$("${tools}objdump" -T "$1" | grep -oE 'GLIBC_[0-9.]+' | sort --version-sort --unique | tail -n 1 | cut -d_ -f2)
    [[ -n $glibc && $(printf '%s\n' "$glibc" "$newest" | sort --version-sort | tail -n 1) == "$newest" ]] \
        || fail "$1" "needs glibc $glibc, newer than $newest: $("${tools}objdump" -T "$1" | grep -F "GLIBC_$glibc" | awk '{ print $NF }' | xargs). eng/native/old_glibc.c is the place for them"

    libraries=$("${tools}objdump" -p "$1" | awk '$1 == "NEEDED" { print $2 }' | xargs)
    for needed in $libraries; do
        [[ $needed =~ ^(lib(c|m|dl|pthread|rt)\.so|ld-linux) ]] || fail "$1" "needs $needed"
    done
}

# Parser, files, threads and a program of its own: little, but all that the compiler and the linker could have got wrong.
runs_under() {
    local folder code=0
    folder=$(mktemp -d)
    emulated=("$1" -L "/usr/$triplet" "$PWD/$program")
    "${emulated[@]}" --version > "$folder/version" || fail "$program" "--version ends with code $? under $1"
    [[ $(< "$folder/version") =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || fail "$program" "--version says '$(< "$folder/version")' under $1"
    "${emulated[@]}" --help | grep -q '^Commands:' || fail "$program" "--help is not what it should be under $1"
    printf '#!/bin/bash\n#SBATCH --time=1:00:00\n#SBATCH --signal=USR2@120\npython train.py\n' > "$folder/job.sh"
    "${emulated[@]}" lint "$folder/job.sh" > "$folder/findings" || code=$?
    [[ $code -eq 1 ]] && grep -q CAIRN020 "$folder/findings" || fail "$program" "lint of an unsound script ends with code $code under $1: $(< "$folder/findings")"
    code=0
    (cd "$folder" && "${emulated[@]}" run -- /bin/sh -c 'echo started; exit 7') > "$folder/output" || code=$?
    [[ $code -eq 7 && $(< "$folder/output") == started ]] || fail "$program" "cairn run of a program that exits 7 ends with code $code under $1: $(< "$folder/output")"
    rm -rf "$folder"
}

# The program in C of the examples, to its end: steps, saves, the last work, and a second start that finds nothing to do.
trains_under() {
    local folder train
    folder=$(mktemp -d)
    "${tools}gcc" -O2 -Wall -Wextra -Werror -I src/Cairn.Native examples/C/train.c -L "artifacts/$rid" -lcairn -o "$folder/train"
    train=("$1" -L "/usr/$triplet" -E "LD_LIBRARY_PATH=$PWD/artifacts/$rid" "$folder/train" "$folder/checkpoints" "$folder/result" 150)
    "${train[@]}" > "$folder/output" 2>&1 || fail "$library" "examples/C/train.c ends with code $? under $1: $(< "$folder/output")"
    [[ $(stat --format %s "$folder/result") -eq 8000 && -f $folder/checkpoints/step-0000000150/model.safetensors ]] \
        || fail "$library" "examples/C/train.c left neither result nor checkpoint under $1: $(< "$folder/output")"
    rm "$folder/result"
    "${train[@]}" > "$folder/output" 2>&1 || fail "$library" "examples/C/train.c, started again, ends with code $? under $1: $(< "$folder/output")"
    [[ ! -e $folder/result ]] && grep -q 'already finished' "$folder/output" \
        || fail "$library" "examples/C/train.c, started again, does not find itself finished under $1: $(< "$folder/output")"
    rm -rf "$folder"
}

check_program() {
    check "$program" $most_bytes $newest_glibc

    local starts run fastest before took emulator
    if [[ $rid == "$here" ]]; then
        # A busy machine can only make it slower: the fastest counts, and a slow one gets more tries.
        fastest=1000000
        for ((run = 1; run <= 20 || (run <= 500 && fastest >= most_milliseconds * 1000); run++)); do
            before=${EPOCHREALTIME/[.,]/}
            "$program" --help > /dev/null || fail "$program" "--help ends with code $?"
            took=$((${EPOCHREALTIME/[.,]/} - before))
            [[ $took -ge $fastest ]] || fastest=$took
        done
        starts=$(printf ', --help in %d.%d ms (the fastest of %d)' $((fastest / 1000)) $((fastest % 1000 / 100)) $((run - 1)))
        [[ $fastest -lt $((most_milliseconds * 1000)) ]] || fail "$program" "--help takes $((fastest / 1000)) ms, $most_milliseconds are too many"
    else
        emulator=qemu-${triplet%%-*}-static
        if command -v "$emulator" > /dev/null; then
            runs_under "$emulator"
            starts=", runs under $emulator"
        else
            starts=", not run: there is no $emulator"
        fi
    fi

    echo "$program: $(in_megabytes "$bytes"), glibc $glibc or later, needs $libraries$starts"
}

check_library() {
    check "$library" $most_bytes_of_library $newest_glibc_of_library

    # What cairn.h declares, and nothing else.
    local exports declared
    exports=$("${tools}objdump" -T "$library" | awk '$4 == "__managedcode" { print $NF }' | sort)
    declared=$(grep -oE '^[a-z].*\bcairn_[a-z_]+\(' src/Cairn.Native/cairn.h | grep -oE 'cairn_[a-z_]+\(' | tr -d '(' | sort)
    [[ $exports == "$declared" ]] || fail "$library" "exports other functions than src/Cairn.Native/cairn.h declares: $(diff <(echo "$declared") <(echo "$exports") | grep '^[<>]' | xargs)"

    local emulator=qemu-${triplet%%-*}-static trained=
    if [[ $rid != "$here" ]]; then
        trained=", not tried: there is no $emulator"
        if command -v "$emulator" > /dev/null; then
            trains_under "$emulator"
            trained=", trains under $emulator"
        fi
    fi

    echo "$library: $(in_megabytes "$bytes"), glibc $glibc or later, needs $libraries, $(wc -l <<< "$exports") functions$trained"
}

sources=(src/Cairn src/Cairn.Cli src/Cairn.Native src/Directory.Build.props)
[[ -z $test_programs && ! -d artifacts/test-programs ]] || sources+=(tests/Programs tests/Cairn.Tests/Runs/FastTime.cs)
if [[ -f $program && -f $library && ( -z $test_programs || -d artifacts/test-programs ) ]] && up_to_date "$stamp" "${sources[@]}"; then
    echo "$program and $library are up to date"
    exit 0
fi

rm -f "$stamp"
[[ $rid != "$here" ]] || rm -rf artifacts/test-programs # of the sources as they were
touch "$stamp.begun"
dotnet publish eng/Publish.proj "${quietly[@]}" --runtime "$rid" ${test_programs:+-p:TestPrograms=true} 9>&-
mv "artifacts/build/publish/Cairn.Cli/release_$rid/Cairn.Cli" "$program"
mv "artifacts/build/publish/Cairn.Native/release_$rid/Cairn.Native.so" "$library"
check_program
check_library
if [[ -n $test_programs ]]; then
    mkdir artifacts/test-programs
    for name in ArrayTrainer RankTrainer SaveLoop ScenarioTrainer; do
        mkdir "artifacts/test-programs/$name"
        mv "artifacts/build/publish/Trainers/release_$rid/$name" "artifacts/test-programs/$name"
    done
fi
mv "$stamp.begun" "$stamp"
