#!/usr/bin/env python3
#SBATCH --time=60
print("hello")
