#!/usr/bin/env python3
"""A job."""
#SBATCH --time=10
print(1)
