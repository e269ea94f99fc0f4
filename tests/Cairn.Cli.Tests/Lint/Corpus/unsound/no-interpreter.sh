#SBATCH --time=10
python train.py
