#!/bin/bash
#SBATCH --time=60
python prepare.py
python train.py --epochs 10
python evaluate.py
