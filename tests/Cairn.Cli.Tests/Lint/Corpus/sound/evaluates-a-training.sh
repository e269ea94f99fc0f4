#!/bin/bash
#SBATCH --time=1-00:00:00
python eval_trained_model.py --ckpt best.pt
