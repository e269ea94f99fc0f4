#!/bin/bash
#SBATCH --time=2
#SBATCH --signal=B:USR2@120
#SBATCH --requeue --open-mode=append
exec cairn run --checkpoint-dir ckpt -- ./solve
