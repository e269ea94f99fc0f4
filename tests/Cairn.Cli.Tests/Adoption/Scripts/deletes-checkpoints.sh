#!/bin/bash
#SBATCH --time=60
rm -rf ckpt
python train.py --checkpoint-dir ckpt
