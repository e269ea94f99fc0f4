#!/bin/bash
first=$(sbatch --parsable a.sh)
second=$(sbatch --parsable --dependency=afterok:$first b.sh)
sbatch --dependency=afterok:$second c.sh
