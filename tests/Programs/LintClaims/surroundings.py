# Tells of its environment.
import os

print(f"SEED is {os.environ.get('SEED')}, PATH is {os.environ.get('PATH')}", flush=True)
