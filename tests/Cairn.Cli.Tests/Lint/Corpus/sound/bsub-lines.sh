#!/bin/bash
#BSUB -W 30
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
srun ./solve
