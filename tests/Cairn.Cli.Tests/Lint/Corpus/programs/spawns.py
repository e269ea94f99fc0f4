import torch.multiprocessing as mp


def train(rank):
    print(rank, "loads the checkpoint")


if __name__ == "__main__":
    mp.spawn(train, nprocs=4)
