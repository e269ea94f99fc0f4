#!/usr/bin/env bash
# Plays the tests on a real Slurm in another Debian with another Slurm, so that what differs from release to release is seen.
#   eng/second-world.sh ROOT [OPTION ...]      options of the test program; without any: -class '*.Wrapper.*'. One row: -displayName '*preemption, exec"*'
# ROOT is the root folder of that Debian (CONTRIBUTING.md says how to make one). Builds, then mounts this checkout and .NET into ROOT for
# the time of the tests: no mount outlives them, and in ROOT stay empty folders alone.
# Needs root. Exit code: that of the tests.
set -euo pipefail
[[ $# -ge 1 && -x $1/usr/sbin/slurmctld ]] || { echo "usage: eng/second-world.sh ROOT [OPTION ...]: the root of a Debian with slurm-wlm; see its head" >&2; exit 2; }
root=$(realpath "$1")
options=("${@:2}")
[[ ${#options[@]} -gt 0 ]] || options=(-class '*.Wrapper.*')

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dotnet build tests/Cairn.Slurm.Tests --nologo --verbosity quiet -clp:NoSummary
eng/publish.sh

export CAIRN_ARTIFACTS=$PWD/artifacts DOTNET_EnableDiagnostics=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
export DOTNET_ROOT
chroot "$root" slurmctld -V
# A background job of a script ignores INT, and under nohup HUP: so would what the tests start.
exec unshare --mount bash -euo pipefail -c '
    root=$1
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    touch "$root/etc/hosts" && mount --bind /etc/hosts "$root/etc/hosts" # torchrun asks for this machine by its name
    for folder in "$PWD" "$DOTNET_ROOT"; do
        mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
    done
    exec chroot "$root" env --chdir="$PWD" --default-signal=HUP,INT,QUIT TMPDIR=/tmp \
        tests/Cairn.Slurm.Tests/bin/Debug/net10.0/linux-x64/Cairn.Slurm.Tests -noColor -noLogo -preEnumerateTheories "${@:2}"
' second-world "$root" "${options[@]}"
