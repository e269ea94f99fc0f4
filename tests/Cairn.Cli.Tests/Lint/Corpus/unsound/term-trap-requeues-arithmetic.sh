#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
again() {
  if (( ${SLURM_RESTART_COUNT:-0} < 20 )); then
    scontrol requeue $SLURM_JOB_ID
  fi
}
trap again TERM
srun ./fit --resume &
wait
