import json
import os


def stop_requested():
    with open(os.environ["CAIRN_STATUS"]) as status:
        return json.load(status)["stop_requested"]
