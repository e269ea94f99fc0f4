#!/bin/bash
#SBATCH --time=60
conda run -n torch python train.py
