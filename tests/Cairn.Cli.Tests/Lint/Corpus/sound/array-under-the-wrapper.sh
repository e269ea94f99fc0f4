#!/bin/bash
#SBATCH --array=1-10
#SBATCH --time=03:00:00
#SBATCH --output=%x-%A_%a.out
#SBATCH --signal=B:USR2@120
#SBATCH --requeue --open-mode=append
exec cairn run --checkpoint-dir ckpt -- ./solve
