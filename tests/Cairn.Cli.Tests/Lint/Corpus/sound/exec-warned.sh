#!/bin/bash
#SBATCH --time=8:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

module purge
module load cuda/12.4
exec ./train --checkpoint-dir "$SCRATCH/run7/checkpoints"
