#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
srun python fit.py --resume &
wait $!
if [ $? -ne 0 ]; then scontrol requeue $SLURM_JOB_ID; fi
