#!/bin/bash
#SBATCH --time=10
#SBATCH --mem=64
python train.py
