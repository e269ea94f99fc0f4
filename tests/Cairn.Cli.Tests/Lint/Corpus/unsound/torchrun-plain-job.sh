#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --gpus-per-node=4
torchrun --standalone --nproc_per_node=4 pretrain_gpt.py --save ckpt
