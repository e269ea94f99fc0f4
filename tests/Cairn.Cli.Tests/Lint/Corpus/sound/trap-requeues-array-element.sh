#!/bin/bash
#SBATCH --array=0-15
#SBATCH --time=4:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --output=%x-%A_%a.log
#SBATCH --requeue
#SBATCH --open-mode=append

on_warning() {
    touch "stop.$SLURM_ARRAY_TASK_ID"
    wait
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
}
trap on_warning USR1
./sweep --checkpoint-dir "ckpt/$SLURM_ARRAY_TASK_ID" --stop-file "stop.$SLURM_ARRAY_TASK_ID" &
wait
