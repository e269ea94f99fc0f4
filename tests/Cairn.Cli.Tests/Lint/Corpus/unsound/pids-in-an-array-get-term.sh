#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
pids=()
for part in 1 2; do
  srun -n1 --exact ./fit --part $part --resume &
  pids+=($!)
done
trap 'kill -TERM "${pids[@]}"; wait; scontrol requeue $SLURM_JOB_ID' USR1
wait
