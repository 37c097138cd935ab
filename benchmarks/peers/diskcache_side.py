"""diskcache (Python) by the command line of runtime/main.cpp: SQLite, values up to 32 KiB in the table, synchronous NORMAL."""

import sys
import time

import diskcache


def measure(seconds, operation):
    batch, end = 1, time.monotonic() + seconds / 5
    while time.monotonic() < end:
        begin = time.monotonic()
        for _ in range(batch):
            operation()
        if time.monotonic() - begin < seconds / 400:
            batch *= 2
    walls, done, spent, end = [], 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.perf_counter()
        for _ in range(batch):
            operation()
        walls.append((time.perf_counter() - begin) / batch)
        done += batch
    spent = time.process_time() - spent
    print(done, sorted(walls)[len(walls) // 2] * 1e9, spent / done * 1e9)


def main():
    case, seconds, directory = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    cache = diskcache.Cache(directory, eviction_policy="none")
    cache["pipelines/orders"] = bytes(97 + i * 7 % 26 for i in range(4096))

    def update():
        with cache.transact():
            value = bytearray(cache["pipelines/orders"])
            value[7] = (value[7] + 1) % 256
            cache["pipelines/orders"] = bytes(value)

    measure(seconds, {"get": lambda: cache["pipelines/orders"], "update": update}[case])


main()
