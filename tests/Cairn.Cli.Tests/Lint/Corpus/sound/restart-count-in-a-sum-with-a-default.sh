#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
set -u
attempt=$(( ${SLURM_RESTART_COUNT:-0} + 1 ))
srun ./fit --resume --attempt $attempt
