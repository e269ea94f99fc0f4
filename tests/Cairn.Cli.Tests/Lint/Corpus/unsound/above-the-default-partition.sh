#!/bin/bash
#SBATCH --time=36:00:00
./work
