#!/bin/bash
#SBATCH --time=1-00:00:00
srun python tools/train_net.py --config-file c.yaml
