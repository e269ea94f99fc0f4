#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

set -euo pipefail
code=0
srun python train.py || code=$?
if (( code == 75 )); then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$code"
