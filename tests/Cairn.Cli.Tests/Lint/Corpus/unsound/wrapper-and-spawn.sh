#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR2@120
exec cairn run --checkpoint-dir ckpt -- python -u programs/spawns.py
