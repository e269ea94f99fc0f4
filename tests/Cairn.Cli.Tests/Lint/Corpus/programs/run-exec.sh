#!/bin/bash
module load python
exec python fit.py --resume
