#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --no-requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'touch stop; wait; scontrol requeue $SLURM_JOB_ID' USR1
./train --stop-file stop --resume &
wait
