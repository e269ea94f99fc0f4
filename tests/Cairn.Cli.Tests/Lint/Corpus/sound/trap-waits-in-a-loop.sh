#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@180
on_warning() {
    kill -USR1 $pid
    while kill -0 $pid 2> /dev/null; do sleep 1; done
    scontrol requeue $SLURM_JOB_ID
}
trap on_warning USR1
python fit.py --resume &
pid=$!
wait $pid
