#!/bin/bash
#SBATCH --nodes=2 --ntasks-per-node=1 --time=6:00:00
scontrol show hostnames > hosts
sed -i 's/$/ slots=8/' hosts
deepspeed --hostfile hosts pretrain.py --deepspeed_config ds.json
