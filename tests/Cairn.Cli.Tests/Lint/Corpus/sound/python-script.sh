#!/usr/bin/env python3
#SBATCH --time=10
#SBATCH --mem=2G
import signal
print('trap wait & srun')
