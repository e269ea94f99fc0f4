#!/bin/bash
for i in 1 2 3; do
  sbatch --time=10 --wrap="python train.py --seed $i"
done
