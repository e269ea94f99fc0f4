#!/bin/bash
#SBATCH --time=12h
python train.py
