#!/bin/bash
#SBATCH --time=60 --signal=B:USR1@60
. /usr/share/site/requeue.sh
requeue_job func_trap USR1
srun python train.py &
wait
