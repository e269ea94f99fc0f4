#!/usr/bin/env bash
# Plays the stories that the tests of `cairn status` and `cairn why` tell, on the Slurm of eng/slurm/start.sh, and writes them down, without this
# machine's names and folders: a folder a story, with the journals, what lay beside them, and when each journal was touched last.
#   eng/stories/record.sh CLUSTER OUT [STORY...]
# CLUSTER is the folder of a cluster that runs and has GPUs to give (eng/slurm/start.sh CLUSTER cgroup 0 GresTypes=gpu), OUT a new folder.
# Needs root (a file system that fills), `cairn` on PATH, LIBCAIRN, python3. Takes about two minutes.
# What is recorded is what happened: the figures in StoriesTests and StoryFiguresTests are worked out anew by hand.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cluster=$(realpath "$1")
out=$(realpath -m "$2")
shift 2
export SLURM_CONF=$cluster/slurm.conf
scontrol show config | grep '^GresTypes .*= gpu' > /dev/null || { echo "this cluster has no GPUs: eng/slurm/start.sh $cluster cgroup 0 GresTypes=gpu" >&2; exit 2; }
name=$(<"$cluster/run/name")
work=$(mktemp -d /tmp/cairn-stories-XXXXXX)
mkdir "$work/full-disk"
mount -t tmpfs -o size=200k tmpfs "$work/full-disk"
trap 'umount "$work/full-disk"; rm -rf "$work"' EXIT
export PYTHONPATH=${PYTHONPATH:-$(realpath "$here/../../python")}
train="exec python3 $here/train.py"

# script STORY LINES... : a batch script of that story; it runs in the story's folder.
script() {
    mkdir -p "$work/$1"
    printf '%s\n' '#!/bin/bash' '#SBATCH --output=log --open-mode=append --mem=50' "${@:2}" > "$work/$1/job.sh"
}
submit() { (cd "$work/$1" && sbatch --parsable "${@:2}" job.sh); }
attempt() { until compgen -G "$work/$1/*/attempts/$(printf %04d "$2").jsonl" > /dev/null; do sleep 0.2; done; }
told() { until grep -qs "$2" "$work/$1"/*/attempts/*.jsonl "$work/$1"/*/.cairn-run/*/* "$work/$1"/.cairn-run/*/*; do sleep 0.2; done; }
gone() { while squeue -h -j "$1" 2>/dev/null | grep -q .; do sleep 0.5; done; }

limit() { script limit '#SBATCH --time=1 --gpus=2' "$train checkpoints 160 0.5 40"; gone "$(submit limit)"; }
warning() { script warning '#SBATCH --time=2 --signal=B:USR2@90' "$train checkpoints 150 0.4 40"; gone "$(submit warning)"; }
preemption() {
    # It may run on that node alone, and waits there for the one that preempts.
    script preemption "#SBATCH --time=5 -p low -w $name-p1" "$train checkpoints 80 0.5 20"
    local job; job=$(submit preemption)
    told preemption '"saved"'
    (cd "$work/preemption" && sbatch -p high -w "$name-p1" --exclusive --time=1 --output=/dev/null --wrap 'sleep 15' > /dev/null)
    gone "$job"
}
cancel() {
    script cancel '#SBATCH --time=5' "$train checkpoints 400 0.5 20"
    local job; job=$(submit cancel)
    told cancel '"saved"'; sleep 3; scancel "$job"; gone "$job"
}
node-down() {
    script node-down '#SBATCH --time=5 -p fragile' "$train checkpoints 80 0.5 20"
    local job node; job=$(submit node-down)
    told node-down '"saved"'; sleep 4
    node=$(squeue -h -j "$job" -o %N)
    scontrol update nodename="$node" state=down reason=story
    attempt node-down 2
    scontrol update nodename="$node" state=resume
    gone "$job"
}
crash-loop() { script crash-loop '#SBATCH --time=5' 'exec cairn run --requeue-crashes 1 --checkpoint-dir checkpoints -- python3 -c "import time; time.sleep(2); raise SystemExit(3)"'; gone "$(submit crash-loop)"; }
full-disk() { script full-disk '#SBATCH --time=1' "export STATE_BYTES=20000" "$train checkpoints 60 0.2 10"; dd if=/dev/zero of="$work/full-disk/other" bs=1k count=110 status=none; gone "$(submit full-disk)"; }
chain() {
    script chain '#SBATCH --time=1 --signal=B:USR2@30' 'exec cairn run --checkpoint-dir checkpoints --lead 20s -- python3 '"$here/wrapped.py"' 120 0.5'
    local jobs; jobs=$(cd "$work/chain" && cairn submit --force --chain 3 job.sh)
    for job in $jobs; do gone "$job"; done
}
array() {
    script array '#SBATCH --time=5 --array=0-1' "exec python3 $here/train.py \"checkpoints-\$SLURM_ARRAY_TASK_ID\" 60 0.5 20"
    local job; job=$(submit array)
    told array '"saved"'; scancel --batch --signal=USR2 "${job}_0"; gone "$job"
}
wrapped-python() {
    script wrapped-python '#SBATCH --time=5 --gres=gpu:2' "exec cairn run --checkpoint-dir checkpoints -- python3 $here/wrapped.py 80 0.5"
    local job; job=$(submit wrapped-python)
    until [[ -e $work/wrapped-python/checkpoints/state.txt ]]; do sleep 0.2; done
    scancel --batch --signal=USR2 "$job"; gone "$job"
}
finished-restarted() {
    script finished-restarted '#SBATCH --time=5' "$train checkpoints 20 0.2 10"
    gone "$(submit finished-restarted)"; gone "$(submit finished-restarted)"
}
killed() { script killed '#SBATCH --time=5' 'export DIES_AT=50' "$train checkpoints 80 0.2 20"; gone "$(submit killed --gpus=1)"; gone "$(submit killed --gpus=3 --export=ALL,AGAIN=1)"; }
ranks() {
    script ranks '#SBATCH --time=5 --ntasks=2 --nodes=2 --gpus-per-node=3' 'export SLURM_STORY_RANKS=2' "srun python3 $here/train.py checkpoints 80 0.5 20"
    local job; job=$(submit ranks)
    told ranks '"saved"'; scancel --signal=USR2 "$job"; gone "$job"
}

write() { # STORY: into OUT, neutral
    local from=$work/$1 to=$out/$1 file
    mkdir -p "$to"
    (cd "$from" && find . -path '*/attempts/*' -type f -size +0) | while read -r file; do
        mkdir -p "$(dirname "$to/${file//$name/cluster}")"
        sed -e "s#$work#/run#g; s#$name-#node-#g; s#$name#cluster#g; s#$(hostname)#host#g; s#\"program\":\"[^\"]*\"#\"program\":\"/usr/bin/python3\"#" \
            -e "s#\"boot\":\"[^\"]*\"#\"boot\":\"b007\"#; s#\"control\":\"[^\"]*\"#\"control\":\"host:1:token\"#" "$from/$file" > "$to/${file//$name/cluster}"
    done
    (cd "$from" && find . -path '*/attempts/*.jsonl' -printf '%P %T@\n' && find . -type d -name 'step-*' -printf '%P %T@\n') | sed "s#$name#cluster#g" | sort > "$to/when.txt"
}

all=(limit warning preemption cancel node-down crash-loop full-disk chain array wrapped-python finished-restarted killed ranks)
stories=("${@:-${all[@]}}")
for story in "${stories[@]}"; do "$story" & done
wait
for story in "${stories[@]}"; do write "$story"; done
