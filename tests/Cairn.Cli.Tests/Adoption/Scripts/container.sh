#!/bin/bash
#SBATCH --time=600
#SBATCH --signal=USR2@120
srun --container-image=nvcr.io#nvidia/pytorch:24.01-py3 python train.py
