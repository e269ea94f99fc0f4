#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --ntasks=8
exec mpirun cairn run --checkpoint-dir ckpt -- ./solve
