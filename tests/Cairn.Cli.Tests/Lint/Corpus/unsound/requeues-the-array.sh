#!/bin/bash
#SBATCH --array=1-20
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --output=%x-%a.log
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'touch stop.$SLURM_ARRAY_TASK_ID; wait; scontrol requeue $SLURM_JOB_ID; exit' USR1
./sweep --stop-file stop.$SLURM_ARRAY_TASK_ID &
wait
