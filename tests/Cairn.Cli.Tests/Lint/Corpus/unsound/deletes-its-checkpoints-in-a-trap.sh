#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

cleanup() {
    rm -rf checkpoints
    echo gone
}
trap cleanup EXIT
srun ./train --save-dir checkpoints
