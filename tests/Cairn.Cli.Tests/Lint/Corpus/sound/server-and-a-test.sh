#!/bin/bash
#SBATCH --time=10
srun ./serve --port 8000 &
sleep 20
python test_client.py --port 8000
