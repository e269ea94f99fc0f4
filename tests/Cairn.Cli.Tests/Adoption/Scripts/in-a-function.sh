#!/bin/bash
#SBATCH --time=60
work() {
    python train.py
}
work
