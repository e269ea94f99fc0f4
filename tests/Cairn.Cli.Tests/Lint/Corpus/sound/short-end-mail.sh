#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
stop() { kill "$pid"; exec scontrol requeue "$SLURM_JOB_ID"; }
trap stop USR1
rsync -a /data/ /backup/ &
pid=$!
wait "$pid"
echo finished | mail -s backup "$USER"
