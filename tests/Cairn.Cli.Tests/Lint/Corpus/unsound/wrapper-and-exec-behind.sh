#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

cairn run --checkpoint-dir ckpt -- python train.py
exec ./report --checkpoint-dir ckpt
