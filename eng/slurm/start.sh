#!/usr/bin/env bash
# Starts a Slurm of two nodes on this machine, on loopback, in a folder of its own, and returns when it takes jobs.
#   eng/slurm/start.sh FOLDER [cgroup|linuxproc] [PID]
# With a PID the cluster is stopped when that process ends, however it ends.
# Exit code 3: the process tracker that was asked for can't be had on this machine.
# Needs root and the packages slurm-wlm and munge. Nothing outside FOLDER is written but the nodes' cgroups. Ends by stop.sh.
# Then: export SLURM_CONF=FOLDER/slurm.conf
set -euo pipefail

folder=$(realpath -m "$1")
track=${2:-cgroup}
owner=${3:-}
if [[ $track == cgroup && ! -d /sys/fs/cgroup/freezer ]]; then
    echo "no cgroup v1 freezer on this machine: proctrack/cgroup can't be had; eng/slurm/start.sh FOLDER linuxproc can" >&2
    exit 3
fi

mkdir -p "$folder"/{log,run,state,munge,n1,n2}
chmod 755 "$folder" "$folder"/{log,run}
chmod 700 "$folder/munge"

# Names of this cluster alone: two clusters on one machine must not share cgroups.
id=$$
echo "cairn$id" > "$folder/run/name"
host=$(hostname)

# Whatever goes wrong from here on leaves nothing running.
stop=$(dirname "$(readlink -f "$0")")/stop.sh
trap '[[ $? -eq 0 ]] || "$stop" "$folder"' EXIT

# Three free ports, held together while they are chosen, so that they differ.
read -r port1 port2 port3 < <(python3 -c '
import socket
held = [socket.socket() for _ in range(3)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')

# munge: who submits a job; a daemon of our own with a key of its own.
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
chmod 400 "$folder/munge/key"
munged --force --key-file="$folder/munge/key" --socket="$folder/run/munge.socket" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" 2>>"$folder/log/munged.err"

cat > "$folder/slurm.conf" <<CONF
ClusterName=cairn$id
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port1
SlurmUser=root
AuthType=auth/munge
# A requeued job waits as long as credentials live: 120 s by default.
AuthInfo=socket=$folder/run/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/$track
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=5,bf_interval=5
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# More CPUs than there are: the tests' jobs mostly wait.
SlurmdParameters=config_overrides
DefMemPerCPU=100
NodeName=cairn$id-n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$port2 CPUs=16 RealMemory=16000
NodeName=cairn$id-n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$port3 CPUs=16 RealMemory=16000
PartitionName=main Nodes=ALL Default=YES MaxTime=UNLIMITED State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=low Nodes=ALL MaxTime=UNLIMITED State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=20
PartitionName=high Nodes=ALL MaxTime=UNLIMITED State=UP PriorityTier=20 PreemptMode=OFF
CONF
cat > "$folder/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CgroupAutomount=yes
CONF

export SLURM_CONF=$folder/slurm.conf
slurmctld -f "$SLURM_CONF"
for node in n1 n2; do
    slurmd -f "$SLURM_CONF" -N "cairn$id-$node"
done

for _ in $(seq 120); do
    if [[ $(sinfo -h -p main -o %T 2>/dev/null) == idle && $(sinfo -h -p main -o %D) == 2 ]]; then
        if [[ -n $owner ]]; then
            # A session of its own, so that what ends the owner does not end the guard.
            began=$(cut -d' ' -f22 "/proc/$owner/stat")
            setsid bash -c 'while [[ $(cut -d" " -f22 "/proc/$1/stat" 2>/dev/null) == "$2" && -d $3 ]]; do sleep 1; done
                [[ ! -d $3 ]] || "$4" "$3"' guard "$owner" "$began" "$folder" "$stop" > /dev/null 2>&1 < /dev/null &
        fi
        echo "Slurm $(sinfo --version | cut -d' ' -f2) with two nodes, proctrack/$track: export SLURM_CONF=$SLURM_CONF"
        exit 0
    fi
    sleep 0.5
done
echo "the nodes did not come up; see $folder/log" >&2
tail -n 5 "$folder"/log/*.log >&2
exit 1
