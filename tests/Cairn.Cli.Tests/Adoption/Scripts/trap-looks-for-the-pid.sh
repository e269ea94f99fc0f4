#!/bin/bash
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
stop() {
  echo "the end is near"
  if [ -n "$child" ]; then
    kill -USR1 "$child"
    wait "$child"
  fi
  scontrol requeue "$SLURM_JOB_ID"
}
trap stop USR1
python fit.py --resume &
child=$!
wait "$child"
