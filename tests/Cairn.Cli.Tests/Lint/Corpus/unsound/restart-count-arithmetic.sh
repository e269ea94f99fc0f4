#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
set -euo pipefail
if (( SLURM_RESTART_COUNT > 0 )); then
  more=--resume
fi
srun ./fit ${more-}
