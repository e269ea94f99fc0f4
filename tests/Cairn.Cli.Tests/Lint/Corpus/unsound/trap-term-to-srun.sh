#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
warned() {
  kill -TERM "$child"
  wait "$child"
  scontrol requeue "$SLURM_JOB_ID"
}
trap warned USR1
srun python fit.py &
child=$!
wait "$child"
