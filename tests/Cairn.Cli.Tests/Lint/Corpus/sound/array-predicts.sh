#!/bin/bash
#SBATCH --time=60
#SBATCH --array=0-9
#SBATCH --output=eval-%a.log
python predict.py --ckpt_path "models/best_e72.pth" --save-dir out
