#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec cairn run -- srun cairn run --task -- bash -c './simulate && ./analyse'
