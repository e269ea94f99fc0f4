#!/usr/bin/env bash
# Starts a Slurm of twelve nodes on this machine, on loopback, in a folder of its own, and returns when it takes jobs.
#   eng/slurm/start.sh FOLDER [cgroup|linuxproc] [PID] [SETTING=VALUE ...]
# With a PID (not 0) the cluster is stopped when that process ends, however it ends. Settings are further lines of slurm.conf.
# With the setting GresTypes=gpu every node has eight GPUs that are nothing but a number: Slurm gives them out and counts them.
# Partitions: main (n1, n2) and short, the same with an hour at most; for preemptions low (a grace time of 20 s), zero (no grace),
# cancel (20 s, then cancelled) and the one that preempts, high (p1 to p6); fragile (f1, f2) and frozen (f3, f4), whose nodes may
# fail without harm to the others.
# Exit code 3: the process tracker that was asked for can't be had on this machine.
# Needs root and the packages slurm-wlm and munge. Nothing outside FOLDER is written but the nodes' cgroups. Ends by stop.sh.
# Then: export SLURM_CONF=FOLDER/slurm.conf
set -euo pipefail

folder=$(realpath -m "$1")
track=${2:-cgroup}
owner=${3:-0}
settings=("${@:4}")
gpus=
[[ " ${settings[*]} " != *" GresTypes=gpu "* ]] || gpus=" Gres=gpu:8"
nodes=(n1 n2 p1 p2 p3 p4 p5 p6 f1 f2 f3 f4)
if [[ $track == cgroup && ! -d /sys/fs/cgroup/freezer ]]; then
    echo "no cgroup v1 freezer on this machine: proctrack/cgroup can't be had; eng/slurm/start.sh FOLDER linuxproc can" >&2
    exit 3
fi

mkdir -p "$folder"/{log,run,state,munge} "${nodes[@]/#/$folder/}"
chmod 755 "$folder" "$folder"/{log,run}
chmod 700 "$folder/munge"

# Names of this cluster alone: two clusters on one machine must not share cgroups.
id=$$
echo "cairn$id" > "$folder/run/name"
host=$(hostname)

# Whatever goes wrong from here on leaves nothing running.
stop=$(dirname "$(readlink -f "$0")")/stop.sh
trap '[[ $? -eq 0 ]] || "$stop" "$folder"' EXIT

# Free ports, tried together so that they differ. Not from the range (32768 and above) of outgoing connections, which could take one
# before its daemon does; and in a place that this script's pid picks, for another cluster may be starting at the same time.
read -r -a ports < <(python3 -c '
import socket, sys
count, port = int(sys.argv[1]), 10000 + int(sys.argv[2]) * 16 % 20000
held = []
while len(held) < count:
    try:
        one = socket.socket()
        one.bind(("127.0.0.1", port))
        held.append(one)
    except OSError:
        pass
    port += 1
print(*(one.getsockname()[1] for one in held))' $((${#nodes[@]} + 1)) $$)

# munge: who submits a job; a daemon of our own with a key of its own.
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
chmod 400 "$folder/munge/key"
munged --force --key-file="$folder/munge/key" --socket="$folder/run/munge.socket" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" 2>>"$folder/log/munged.err"

cat > "$folder/slurm.conf" <<CONF
ClusterName=cairn$id
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
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
# A node that a test sets down stays down: if it came back while its old job ends, the next launch there would fail.
ReturnToService=1
KillWait=30
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# More CPUs than there are: the tests' jobs mostly wait.
SlurmdParameters=config_overrides
DefMemPerCPU=100
$(for i in "${!nodes[@]}"; do
    echo "NodeName=cairn$id-${nodes[i]} NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[i + 1]} CPUs=16 RealMemory=16000$gpus"
done)
PartitionName=main Nodes=cairn$id-n[1-2] Default=YES MaxTime=UNLIMITED State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=short Nodes=cairn$id-n[1-2] MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=low Nodes=cairn$id-p[1-6] MaxTime=UNLIMITED State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=20
PartitionName=zero Nodes=cairn$id-p[1-6] MaxTime=UNLIMITED State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
PartitionName=cancel Nodes=cairn$id-p[1-6] MaxTime=UNLIMITED State=UP PriorityTier=1 PreemptMode=CANCEL GraceTime=20
PartitionName=high Nodes=cairn$id-p[1-6] MaxTime=UNLIMITED State=UP PriorityTier=20 PreemptMode=OFF
PartitionName=fragile Nodes=cairn$id-f[1-2] MaxTime=UNLIMITED State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=frozen Nodes=cairn$id-f[3-4] MaxTime=UNLIMITED State=UP PriorityTier=10 PreemptMode=OFF
$(printf '%s\n' "${settings[@]}")
CONF
cat > "$folder/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CgroupAutomount=yes
CONF
if [[ -n $gpus ]]; then
    touch "$folder"/run/gpu{0..7} # slurmd says that these are no devices, and counts them
    echo "Name=gpu File=$folder/run/gpu[0-7]" > "$folder/gres.conf"
fi

export SLURM_CONF=$folder/slurm.conf
slurmctld -f "$SLURM_CONF"
# Each with a folder of its own for its settings: two of one machine would take one folder for what PMIx writes.
for node in "${nodes[@]}"; do
    mkdir -m 1777 "$folder/$node/pmix"
    ln -s "$folder"/{slurm,cgroup}.conf "$folder/$node"
    [[ -z $gpus ]] || ln -s "$folder/gres.conf" "$folder/$node"
    echo "PMIxCliTmpDirBase=$folder/$node/pmix" > "$folder/$node/mpi.conf"
    slurmd -f "$folder/$node/slurm.conf" -N "cairn$id-$node"
done

for _ in $(seq 120); do
    if [[ $(sinfo -h -N -o '%N %T' 2>/dev/null | sort -u | grep -c ' idle$') == "${#nodes[@]}" ]]; then
        if [[ $owner != 0 ]]; then
            # A session of its own, so that what ends the owner does not end the guard.
            began=$(cut -d' ' -f22 "/proc/$owner/stat")
            setsid bash -c 'while [[ $(cut -d" " -f22 "/proc/$1/stat" 2>/dev/null) == "$2" && -d $3 ]]; do sleep 1; done
                [[ ! -d $3 ]] || "$4" "$3"' guard "$owner" "$began" "$folder" "$stop" > /dev/null 2>&1 < /dev/null &
        fi
        echo "Slurm $(sinfo --version | cut -d' ' -f2) with ${#nodes[@]} nodes, proctrack/$track: export SLURM_CONF=$SLURM_CONF"
        exit 0
    fi
    sleep 0.5
done
echo "the nodes did not come up; see $folder/log" >&2
tail -n 5 "$folder"/log/*.log >&2
exit 1
