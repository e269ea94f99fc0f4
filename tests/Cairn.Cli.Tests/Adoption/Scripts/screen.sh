#!/bin/bash
#SBATCH --time=02:00:00
#SBATCH --job-name=my
screen -dm python train.py
sleep 1000
