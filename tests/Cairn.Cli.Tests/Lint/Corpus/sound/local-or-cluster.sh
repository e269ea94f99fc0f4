#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

if [[ -n "${SLURM_JOB_ID:-}" ]]; then
    back() { kill -USR1 "$pid"; wait "$pid"; scontrol requeue "$SLURM_JOB_ID" || true; exit 0; }
    trap back USR1
    srun --unbuffered python3 -m pipeline "$@" &
    pid=$!
    wait "$pid"
else
    python3 -m pipeline "$@"
fi
