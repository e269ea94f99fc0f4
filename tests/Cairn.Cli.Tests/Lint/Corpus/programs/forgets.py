import time

for step in range(1000):
    time.sleep(1)
    print(step)
