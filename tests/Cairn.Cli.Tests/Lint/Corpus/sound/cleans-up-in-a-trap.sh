#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'rm -rf /tmp/cache-$SLURM_JOB_ID' EXIT
srun ./train --save-dir checkpoints
