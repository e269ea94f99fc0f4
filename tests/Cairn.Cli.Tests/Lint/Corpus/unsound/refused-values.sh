#!/bin/bash
#SBATCH --time=12h
#SBATCH --mem=4.5G
#SBATCH --ntasks=two
#SBATCH --signal=USR2@2m
#SBATCH --array=1-
#SBATCH --output=%a.log
python train.py
