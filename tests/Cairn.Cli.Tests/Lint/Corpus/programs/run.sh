#!/bin/bash
module load python
python fit.py --resume
