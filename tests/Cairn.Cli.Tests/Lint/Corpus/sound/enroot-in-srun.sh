#!/bin/bash
#SBATCH --time=12:00:00
srun --container-image=nvcr.io#nvidia/pytorch:24.01-py3 --container-mounts=$PWD:/w python simulate.py
