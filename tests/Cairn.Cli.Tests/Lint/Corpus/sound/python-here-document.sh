#!/bin/bash
#SBATCH --time=30
python3 - << 'EOF'
import os
print("it's {}".format(os.environ["SLURM_JOB_ID"]))
EOF
