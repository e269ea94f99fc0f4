#!/bin/bash
#SBATCH --time=60
#SBATCH --signal=B:USR1@120
#SBATCH --requeue

handler() {
    echo "requeueing at $(date)"
    kill -TERM $pid
    wait $pid
    scontrol requeue $SLURM_JOB_ID
}
trap handler USR1

# the program
python train.py --resume &
pid=$!
wait $pid
code=$?
exit $code
