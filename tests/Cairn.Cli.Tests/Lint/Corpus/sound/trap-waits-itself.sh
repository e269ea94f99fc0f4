#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append

forward() {
    echo "warned at $(date)"
    kill -USR1 "$pid"
    wait "$pid"
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
}
trap forward USR1
srun python train.py --resume-from latest &
pid=$!
wait "$pid"
