# Debian 13 builds PyTorch without libuv, and its torchrun asks for it all the same: no option and no variable of it says otherwise.
import sys

import torch.distributed


class TCPStore(torch.distributed.TCPStore):
    def __init__(self, *arguments, **more):
        more.setdefault("use_libuv", False)
        super().__init__(*arguments, **more)


torch.distributed.TCPStore = TCPStore
# What a process below torchrun takes for its group. The module by its name: the package has a function of the same.
sys.modules["torch.distributed.rendezvous"].TCPStore = TCPStore
