#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
set -euo pipefail
readonly DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$DIR/common.sh"
run_pipeline "$@"
