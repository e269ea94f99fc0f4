#!/bin/bash
#SBATCH --time=2
python train.py
