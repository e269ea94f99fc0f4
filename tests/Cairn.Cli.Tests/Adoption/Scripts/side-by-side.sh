#!/bin/bash
#SBATCH --time=60
python a.py &
python b.py &
wait
