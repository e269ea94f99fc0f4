#!/bin/bash
#SBATCH --time=1:00:00
cat <<EOF > config.yaml
path: "$HOME/data"
note: it's (fine) & good | <ok>
EOF
python run.py config.yaml
