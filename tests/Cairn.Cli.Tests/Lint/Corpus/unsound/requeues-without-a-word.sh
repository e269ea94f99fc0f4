#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

again() {
    echo "warned at $(date)"
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
}
trap again USR1
srun python train.py --resume &
wait
