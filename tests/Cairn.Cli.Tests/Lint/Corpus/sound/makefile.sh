#!/bin/bash
#SBATCH -t 10:00:00
make -j 8 all
