from _accelerate import broadcast_object_list  # noqa: F401
