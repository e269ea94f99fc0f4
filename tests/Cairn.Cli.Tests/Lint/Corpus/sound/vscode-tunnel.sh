#!/bin/bash
#SBATCH -t 8:00:00
/home/someone/code tunnel --accept-server-license-terms
