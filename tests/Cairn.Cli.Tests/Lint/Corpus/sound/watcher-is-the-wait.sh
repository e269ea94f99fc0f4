#!/bin/bash
#SBATCH --time=12:00:00
./a > a.log &
nvidia-smi -l 30 > gpu.log
