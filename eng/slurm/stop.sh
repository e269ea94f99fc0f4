#!/usr/bin/env bash
# Ends the cluster of a folder: its jobs, its daemons (by pid file), its cgroups, and the folder itself.
#   eng/slurm/stop.sh FOLDER
set -uo pipefail

folder=$(realpath -m "$1")
[[ -f $folder/run/name ]] || { echo "$folder is no cluster of start.sh" >&2; exit 1; }
name=$(<"$folder/run/name")

# Ends the daemons of these pid files, all at once. A pid counts only while it is the daemon that wrote it: pids are given out again.
end() {
    local command=$1 file pid pids=()
    for file in "${@:2}"; do
        [[ -f $file ]] || continue
        pid=$(<"$file")
        tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -q "$command.*$folder" || continue
        pids+=("$pid")
        kill "$pid" 2>/dev/null
        kill -CONT "$pid" 2>/dev/null
    done
    for pid in "${pids[@]}"; do
        for _ in $(seq 100); do
            [[ -d /proc/$pid ]] || continue 2
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null
    done
}

# What runs inside the nodes' cgroups was started by this cluster.
mapfile -t groups < <(find /sys/fs/cgroup -type d -name "slurm_$name-??" 2>/dev/null)
killgroups() {
    for group in "${groups[@]}"; do
        find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | while read -r pid; do
            [[ $(cat "/proc/$pid/comm" 2>/dev/null) == slurmd ]] || kill -KILL "$pid" 2>/dev/null
        done
    done
}

# Without cgroups (linuxproc) only Slurm can find its jobs: let it end them first.
export SLURM_CONF=$folder/slurm.conf
if [[ -f $folder/run/slurmctld.pid ]]; then
    for partition in $(timeout 10 sinfo -h -o %R 2>/dev/null); do
        timeout 10 scancel --partition="$partition" --signal=KILL --full 2>/dev/null
        timeout 10 scancel --partition="$partition" 2>/dev/null
    done
    for _ in $(seq 60); do
        [[ -n $(timeout 10 squeue -h 2>/dev/null) ]] || break
        sleep 0.25
    done
fi
killgroups
end slurmctld "$folder/run/slurmctld.pid"
end slurmd "$folder"/run/slurmd.*.pid
killgroups
end munged "$folder/run/munged.pid"

for group in "${groups[@]}"; do
    for _ in $(seq 50); do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
        [[ -d $group ]] || break
        sleep 0.1
    done
done
rm -rf "$folder"
