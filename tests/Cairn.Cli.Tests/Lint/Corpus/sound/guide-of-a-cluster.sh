#!/bin/bash
#SBATCH --job-name=ckpt
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@300
sig_handler_USR1()
{
    echo "signal received"
    kill -USR1 $PROCESS
    wait $PROCESS
    scontrol requeue $SLURM_JOB_ID
}
trap 'sig_handler_USR1' SIGUSR1
srun python fit.py --resume &
PROCESS=$!
wait $PROCESS
