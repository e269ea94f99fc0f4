#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
timeout_handler() {
    kill -TERM "$1"
    touch resume.flag
    scontrol requeue "$SLURM_JOB_ID"
}
torchrun --nproc_per_node 4 fit.py --resume &
pid=$!
trap "timeout_handler '$pid'" USR1
wait
