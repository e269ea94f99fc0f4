#!/bin/bash
#SBATCH --time=12:00:00 --output=logs/%x-%j.out
CUDA_VISIBLE_DEVICES=0 python train.py --log-dir runs --output_dir $SCRATCH/out --save-every 10
exit $?
