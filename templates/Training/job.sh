#!/bin/bash
#SBATCH --job-name=CairnTraining
#SBATCH --time=12:00:00
#SBATCH --output=./%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=USR2@120
#SBATCH --requeue

srun bin/publish/CairnTraining
