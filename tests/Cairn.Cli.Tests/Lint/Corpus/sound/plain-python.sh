#!/bin/bash
#SBATCH --job-name=fit
#SBATCH --partition=gpu
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=02:00:00
#SBATCH --output=%x_%j.out

module load python/3.11
source ~/venvs/fit/bin/activate
python fit.py --epochs 10
