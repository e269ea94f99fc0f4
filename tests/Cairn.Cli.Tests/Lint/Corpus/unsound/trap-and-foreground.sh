#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

requeue() {
    echo "time is nearly up"
    scontrol requeue $SLURM_JOB_ID
}
trap requeue USR1
srun python train.py
