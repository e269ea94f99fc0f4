#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append

cairn run --checkpoint-dir a -- ./first &
wait
cairn run --checkpoint-dir b -- ./second
