#!/usr/bin/env bash
# Installs what the tests need, builds everything with warnings as errors, and runs all tests.
#   eng/test.sh             all of it (13 to 18 minutes on two cores, as fast as they are)
#   eng/test.sh --quick     for daily work: without a real Slurm and without the tests marked as slow
#   eng/test.sh --long      the long forms too: a kill and a failure at every call of a save, 1000 kills, more fuzzing, all that the rules of lint
#                           claim of Slurm, and programs of every form that use the packages (ten minutes more)
# Ends with a line "N passed, N failed, N skipped", and with code 0 only if nothing failed and every project ran tests.
set -uo pipefail
cd "$(dirname "$0")/.."
began=$SECONDS

quick=
for option in "$@"; do
    case $option in
        --quick) quick=1 ;;
        --long) export CAIRN_LONG=1 ;;
        *) echo "unknown option $option; see the head of eng/test.sh" >&2; exit 2 ;;
    esac
done

# What Debian's machines may lack. Slurm's and munge's own services are not started: the tests start daemons of their own.
install() {
    local missing=() package command
    while read -r package command; do
        command -v "$command" > /dev/null || missing+=("$package")
    done <<< $'slurm-wlm slurmctld\nmunge munged\nstrace strace\npython3 python3\ne2fsprogs mkfs.ext2\nutil-linux setpriv\ngcc gcc\nlibc6-dev gcc\nzsh zsh\nfish fish\nmypy mypy\nblack black\nflake8 flake8\nchromium chromium'
    /usr/bin/python3 -c 'import torch' 2> /dev/null || missing+=(python3-torch) # a library, and no command
    /usr/bin/python3 -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv)
    [[ $(ldconfig -p) == *libmpich.so.12* ]] || missing+=(libmpich12)
    [[ $(ldconfig -p) == *libmpi.so.40* ]] || missing+=(libopenmpi3)
    compgen -G '/usr/lib/*/pmix2/lib/libpmix.so' > /dev/null || missing+=(libpmix-dev) # what Slurm's plug-in loads, by its name without a version
    [[ ${#missing[@]} -eq 0 ]] && return
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get > /dev/null; then
        echo "Not installed: ${missing[*]}. The tests that need them are skipped (they want root and apt)."
        return
    fi
    echo "Installing ${missing[*]} ..."
    local policy=/usr/sbin/policy-rc.d log
    log=$(mktemp)
    had_policy=1
    trap '[[ -n $had_policy ]] || rm -f /usr/sbin/policy-rc.d' EXIT
    [[ -e $policy ]] || { had_policy=; printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; }
    (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}") > "$log" 2>&1 \
        || { echo "apt-get failed:"; tail -n 15 "$log"; }
    [[ -n $had_policy ]] || rm -f $policy
    trap - EXIT
    rm -f "$log"
}
[[ -n $quick ]] || install

# One compiler for all projects, its analyzers compiled once: half the work. It is this run's own, whatever the environment says of a shared one, and ends with it.
export UseSharedCompilation=true SharedCompilationId=cairn-tests-$$
# What it would learn about itself while it runs pays after minutes, and costs a third.
export DOTNET_TieredPGO=0
results=$(mktemp -d)
trap 'kill $(grep -lzFxe "-pipename:$SharedCompilationId" /proc/[0-9]*/cmdline 2> /dev/null | cut -d / -f 3) 2> /dev/null; rm -rf "$results"' EXIT

echo "Building ..."
if ! dotnet build Cairn.slnx --nologo --verbosity quiet -clp:NoSummary; then
    echo "The build failed."
    exit 1
fi

echo "Checking the Python, and publishing ..."
unsound=
eng/check-python.sh > "$results/check-python.log" 2>&1 &
checks=$!

# The tests run `cairn` as it is given away, one file, and use the packages. Skipped where the sources are as they were. Of the programs that tests train
# with, those that are started most are native code too; the long form has them on the runtime.
eng/publish.sh $([[ -n $quick || -n ${CAIRN_LONG-} ]] || echo --test-programs)
published=$?
wait $checks || unsound=1
cat "$results/check-python.log"
case $published in
    0) export CAIRN_ARTIFACTS=$PWD/artifacts ;;
    69) echo "So nothing is published: the tests run the build, and those of the packed forms are skipped."
        [[ ${CI-} != true ]] || exit 1 ;;
    *) exit 1 ;;
esac

unset DOTNET_TieredPGO # what is tested runs as it does for everybody

limit=${CAIRN_LONG:+3h}
limit=${limit:-30m}

# The tests kill .NET processes, and each would leave the pipes of its diagnostics in /tmp.
export DOTNET_EnableDiagnostics=0

filter=()
[[ -z $quick ]] || filter=(-trait- Category=slow)
run() {
    local project=$1 nice=${2:-0}
    local program=tests/$project/bin/Debug/net10.0/linux-x64/$project
    # A background job of a script ignores INT, and under nohup HUP: so would the programs that the tests send them to. A project
    # with tests that hang ends after several times what it takes, and they are named below.
    local TIMEFORMAT="%U s of processor time and %S s of the kernel's"
    { time nice -n "$nice" env --default-signal=HUP,INT,QUIT timeout --kill-after=30 "$limit" \
        "$program" -noColor -noLogo -reporter verbose "${filter[@]}" > "$results/$project.log" 2>&1; } 2> "$results/$project.time"
    echo $? > "$results/$project.code"
    echo "$(tail -n 1 "$results/$project.log"), $(tail -n 1 "$results/$project.time")"
    grep -E "\[FAIL\]" "$results/$project.log"
}

# Three projects at a time, four where there are as many cores, each the next of this row that is not taken yet: the longest first. Those of `clocks`
# go by clocks, Slurm's and their own, and wait for most of their time, so the others yield to them.
clocks=(Cairn.Slurm.Tests Cairn.Cli.Tests)
all=(Cairn.Slurm.Tests Cairn.Cli.Tests Cairn.TorchSharp.Tests Cairn.Tests Cairn.Native.Tests)
for folder in tests/*.Tests; do
    project=$(basename "$folder")
    [[ " ${all[*]} " == *" $project "* ]] || all+=("$project")
done
work() {
    for project in "${all[@]}"; do
        mkdir "$results/$project" 2> /dev/null || continue
        until [[ $project != Cairn.Packages.Tests || -e $results/packed || ! -d $results ]]; do sleep 1; done
        # By a shell of its own: `time` counts all that its shell has waited for meanwhile.
        (if [[ " ${clocks[*]} " == *" $project "* ]]; then run "$project"; else run "$project" 10; fi)
    done
}
places=$(($(nproc) < 4 ? 3 : 4))
echo "Testing, $places projects at a time: ${all[*]} ..."
for ((i = 0; i < places; i++)); do work & done
# Beside the first tests: only those of the packages want them.
unpacked=
[[ -n $quick || -z ${CAIRN_ARTIFACTS-} ]] || nice -n 10 eng/pack.sh || unpacked=1
touch "$results/packed"
wait

# How a line of a test's own begins and ends; what it says follows in others.
event='^    [^ ].* \[(STARTING|FINISHED|PASS|FAIL|SKIP|NOT RUN)\]|^  Finished:'
# Of what a failed test says, which may be a job's whole log, its beginning and its end.
failures='
    function show(    i) {
        for (i = 1; i <= n; i++) {
            if (i <= 8 || i > n - 26) print substr(line[i], 1, 300)
            else if (i == 9) print "      [... " (n - 34) " lines more]"
        }
        n = 0
    }
    $0 ~ ENVIRON["event"] { show(); failed = /\[FAIL\]$/ }
    failed { line[++n] = $0 }
    END { show() }'
passed=0 failed=0 skipped=0
[[ -z $unsound ]] || { echo; echo "eng/check-python.sh finds faults: see above"; failed=1; }
[[ -z $unpacked ]] || { echo; echo "eng/pack.sh failed: see above"; failed=$((failed + 1)); }
for project in "${all[@]}"; do
    log=$results/$project.log
    summary=$(grep -E "Total: [0-9]+" "$log" | tail -n 1)
    number() { sed -nE "s/.*$1: ([0-9]+).*/\1/p" <<< "$summary"; }
    total=$(number Total); errors=$(number Errors); bad=$(number Failed); left=$(number Skipped)
    code=$(<"$results/$project.code")
    if [[ -z $total || $total -eq 0 || ( $code -ne 0 && ${bad:-0} -eq 0 && ${errors:-0} -eq 0 ) ]]; then
        echo; echo "$project ended with code $code$([[ $code -ne 124 && $code -ne 137 ]] || echo " (its limit of $limit)") and ${total:-no} tests:"
        grep -vE "$event" "$log" | tail -n 30
        echo "Begun and not ended:"
        sed -nE 's/^    (.*) \[(STARTING|FINISHED)\].*/\1/p' "$log" | sort | uniq -u
        failed=$((failed + 1))
        continue
    fi
    if [[ $((bad + ${errors:-0})) -gt 0 ]]; then
        mkdir -p artifacts/test-logs && cp "$log" artifacts/test-logs
        echo; echo "Failures in $project (whole in artifacts/test-logs/$project.log):"
        event=$event awk "$failures" "$log"
    fi
    grep -E "\[SKIP\]" -A 1 "$log" | grep -v -- "^--"
    failed=$((failed + bad + ${errors:-0})); skipped=$((skipped + left)); passed=$((passed + total - bad - left))
done

echo
echo "In $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s:"
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 && $passed -gt 0 ]]
