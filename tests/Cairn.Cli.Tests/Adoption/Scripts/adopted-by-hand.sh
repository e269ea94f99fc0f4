#!/bin/bash
#SBATCH --time=60 --signal=B:USR2@120 --requeue --open-mode=append
exec cairn run --checkpoint-dir ckpt -- python train.py
