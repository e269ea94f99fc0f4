#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'touch resume.flag; scontrol requeue $SLURM_JOB_ID; kill -USR1 $pid; wait $pid' USR1
srun python fit.py --resume &
pid=$!
wait $pid
