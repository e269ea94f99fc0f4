#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
timeout -s USR1 11h ./solve --resume
[ $? -eq 124 ] && scontrol requeue $SLURM_JOB_ID
