#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
stop() {
  pkill -TERM -P $$
  wait
  scontrol requeue $SLURM_JOB_ID
}
trap stop USR1
srun ./fit --resume &
wait
