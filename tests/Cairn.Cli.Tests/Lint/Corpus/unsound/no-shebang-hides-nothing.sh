#SBATCH --time=60
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
python solve.py
