#!/bin/bash
#SBATCH --time=60 --signal=B:USR1@120
on_usr1() {
    kill -USR1 $pid
    while kill -0 $pid 2> /dev/null; do wait $pid; done
    scontrol requeue $SLURM_JOB_ID
}
trap on_usr1 USR1
srun python train.py --resume &
pid=$!
while kill -0 $pid 2> /dev/null
do
    wait $pid
done
