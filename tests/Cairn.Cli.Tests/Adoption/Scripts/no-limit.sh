#!/bin/bash
#SBATCH --partition=gpu
#SBATCH --signal=USR2@60
python train.py
