#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
if ! srun python fit.py --resume && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
    scontrol requeue $SLURM_JOB_ID
fi
